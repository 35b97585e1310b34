//! Text with indentation, laid out as rustfmt would.
//!
//! The emitters choose shapes whose layout depends on little: one statement per line, bodies in blocks. What can become too
//! wide goes through a function here that knows rustfmt's rule for that one shape. The file under `tests/` that runs rustfmt
//! over generated code keeps this honest.

/// Rust source under construction.
#[derive(Debug, Default)]
pub(super) struct Code {
    text: String,
    indent: usize,
}

impl Code {
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// A line; an empty one has no blanks.
    pub(super) fn line(&mut self, line: impl AsRef<str>) {
        let line = line.as_ref();
        if !line.is_empty() {
            self.text.push_str(&INDENT.repeat(self.indent));
            self.text.push_str(line);
        }
        self.text.push('\n');
    }

    /// An empty line between two things of a block; none at its beginning.
    pub(super) fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("{\n") && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// A line that opens a block, usually with `{` at its end.
    pub(super) fn open(&mut self, line: impl AsRef<str>) {
        self.line(line);
        self.indent += 1;
    }

    /// The end of a block.
    pub(super) fn close(&mut self, line: impl AsRef<str>) {
        self.indent -= 1;
        self.line(line);
    }

    /// Text that was laid out elsewhere for this indentation.
    pub(super) fn raw(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn indent(&self) -> usize {
        self.indent
    }

    pub(super) fn with_indent(indent: usize) -> Code {
        Code {
            text: String::new(),
            indent,
        }
    }

    /// Whether a line of this many characters fits.
    pub(super) fn fits(&self, line: &str) -> bool {
        self.indent * INDENT.len() + width(line) <= WIDTH_MAX
    }

    /// `use PARENT::{NAMES};`, as many names on a line as fit.
    pub(super) fn import(&mut self, parent: &str, names: &[String]) {
        let line = match names {
            [only] => format!("use {parent}::{only};"),
            _ => format!("use {parent}::{{{}}};", names.join(", ")),
        };
        if self.fits(&line) || names.len() == 1 {
            return self.line(line);
        }
        self.open(format!("use {parent}::{{"));
        let mut row = String::new();
        for name in names {
            let longer = match row.as_str() {
                "" => format!("{name},"),
                _ => format!("{row} {name},"),
            };
            if self.fits(&longer) {
                row = longer;
            } else {
                self.line(std::mem::replace(&mut row, format!("{name},")));
            }
        }
        self.line(row);
        self.close("};");
    }

    /// Documentation; an empty line stays `///`.
    pub(super) fn doc(&mut self, doc: &str) {
        for line in doc.lines() {
            let space = if line.is_empty() { "" } else { " " };
            self.line(format!("///{space}{line}"));
        }
    }

    /// `LEFT = RIGHT;`, with the right side on a line of its own when both are too wide for one.
    pub(super) fn assign(&mut self, left: &str, right: &str) {
        self.after(left, " =", &format!("{right};"));
    }

    /// `NAME: TYPE,` of a struct.
    pub(super) fn member(&mut self, name: &str, ty: &str) {
        self.after(name, ":", &format!("{ty},"));
    }

    /// Two parts that belong on one line, or else the second on the next.
    fn after(&mut self, left: &str, sign: &str, right: &str) {
        let line = format!("{left}{sign} {right}");
        if self.fits(&line) {
            self.line(line);
        } else {
            self.open(format!("{left}{sign}"));
            self.line(right);
            self.unindent();
        }
    }

    /// One level out, without a line.
    pub(super) fn unindent(&mut self) {
        self.indent -= 1;
    }

    /// `HEAD(PARAMETERS)TAIL`, one parameter per line when too wide. `tail` is ` -> Type {` or the like; leaves an opened block
    /// if it ends in `{`.
    pub(super) fn signature(&mut self, head: &str, parameters: &[String], tail: &str) {
        let line = format!("{head}({}){tail}", parameters.join(", "));
        if self.fits(&line) {
            self.line(line);
        } else {
            self.open(format!("{head}("));
            for parameter in parameters {
                self.line(format!("{parameter},"));
            }
            self.close(format!("){tail}"));
        }
        if tail.ends_with('{') {
            self.indent += 1;
        }
    }

    /// `impl TRAIT for TYPE {`, broken before `for` when too wide.
    pub(super) fn open_impl(&mut self, generics: &str, what: &str, ty: &str) {
        let line = format!("impl{generics} {what} for {ty} {{");
        if self.fits(&line) {
            return self.open(line);
        }
        self.line(format!("impl{generics} {what}"));
        self.line(format!("{INDENT}for {ty}"));
        self.open("{");
    }

    /// `PREFIX ROOT.LINK.LINK SUFFIX`, one link per line when too wide for rustfmt.
    pub(super) fn chain(&mut self, prefix: &str, root: &str, links: &[String], suffix: &str) {
        let chain = format!("{root}{}", links.concat());
        let line = format!("{prefix}{chain}{suffix}");
        if width(&chain) <= CHAIN_WIDTH_MAX && self.fits(&line) {
            return self.line(line);
        }
        self.open(format!("{prefix}{root}"));
        for (index, link) in links.iter().enumerate() {
            let end = if index + 1 == links.len() { suffix } else { "" };
            self.line(format!("{link}{end}"));
        }
        self.unindent();
    }

    /// `PREFIX{ MEMBERS }SUFFIX`: a struct literal, one member per line when too wide for rustfmt.
    pub(super) fn literal(&mut self, prefix: &str, members: &[String], suffix: &str) {
        let inside = members.join(", ");
        let line = match members {
            [] => format!("{prefix}{{}}{suffix}"),
            _ => format!("{prefix}{{ {inside} }}{suffix}"),
        };
        if width(&inside) <= LITERAL_WIDTH_MAX && self.fits(&line) {
            return self.line(line);
        }
        self.open(format!("{prefix}{{"));
        for member in members {
            self.line(format!("{member},"));
        }
        self.close(format!("}}{suffix}"));
    }

    /// `PATTERN => EXPRESSION,`, the expression in a block of its own when too wide.
    pub(super) fn arm(&mut self, pattern: &str, expression: &str) {
        let line = format!("{pattern} => {expression},");
        if self.fits(&line) {
            self.line(line);
        } else {
            self.open(format!("{pattern} => {{"));
            self.line(expression);
            self.close("}");
        }
    }

    /// A statement `HEAD(ARGUMENTS)TAIL`, one argument per line when the arguments are too wide for rustfmt.
    pub(super) fn call(&mut self, head: &str, arguments: &[String], tail: &str) {
        let inside = arguments.join(", ");
        let line = format!("{head}({inside}){tail}");
        if width(&inside) <= CALL_WIDTH_MAX && self.fits(&line) {
            return self.line(line);
        }
        self.open(format!("{head}("));
        for argument in arguments {
            self.line(format!("{argument},"));
        }
        self.close(format!("){tail}"));
    }
}

/// Columns of a text, as rustfmt counts them for the characters that appear here.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

const INDENT: &str = "    ";

/// rustfmt's `max_width`.
const WIDTH_MAX: usize = 100;

/// rustfmt's `fn_call_width`.
pub(super) const CALL_WIDTH_MAX: usize = 60;

/// rustfmt's `chain_width`.
const CHAIN_WIDTH_MAX: usize = 60;

/// rustfmt's `struct_lit_width`.
const LITERAL_WIDTH_MAX: usize = 18;
