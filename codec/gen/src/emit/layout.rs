//! Shapes that can become too wide, laid out as rustfmt would.
//!
//! rustfmt has a rule for each shape; those of the shapes that appear in generated code are here, as far as names of people's
//! length need them. Where a name is so long that the rule would be a maze, the layout is plain and the item is marked
//! `#[rustfmt::skip]`. Either way formatting the file changes nothing; a test sweeps names of all lengths.

use super::code::{Code, INDENT, WIDTH_MAX, width};

impl Code {
    /// `LEFT = RIGHT;`, the right side on the next line when both are too wide for one.
    pub(super) fn assign(&mut self, left: &str, right: &str) {
        let line = format!("{left} = {right};");
        if self.fits_as_statement(&line) {
            return self.line(line);
        }
        let next_line = format!("{INDENT}{right};");
        self.line(format!("{left} ="));
        if !self.fits_as_statement(&next_line) || !self.fits_as_statement(&format!("{left} =")) {
            self.skip_item();
        }
        self.line(next_line);
    }

    /// `LEFT = RIGHT`, the right side opening a closure's block or a literal; it goes to the next line when too wide. Returns how
    /// many levels that opened.
    pub(super) fn open_right(&mut self, left: &str, right: &str) -> usize {
        let line = format!("{left} = {right}");
        // rustfmt keeps room for the body of a closure, and for the end of a literal.
        let margin = if right.ends_with("| {") {
            INDENT.len()
        } else {
            1
        };
        if self.columns(&line) + margin <= WIDTH_MAX {
            self.open(line);
            return 1;
        }
        self.line(format!("{left} ="));
        if !self.fits(&format!("{left} =")) {
            self.skip_item();
        }
        self.deeper();
        self.open(right);
        2
    }

    /// `HEAD(ARGUMENTS)TAIL`, one argument per line when too wide.
    pub(super) fn call(&mut self, head: &str, arguments: &[String], tail: &str) {
        let line = format!("{head}({}){tail}", arguments.join(", "));
        if self.fits(&line) && is_narrow(&line) {
            return self.line(line);
        }
        let all_fit = arguments
            .iter()
            .all(|argument| self.fits_as_statement(&format!("{INDENT}{argument},")));
        // A call that comes last may stay on the line of the outer one, by rules of its own.
        let ends_in_call = arguments
            .last()
            .is_some_and(|last| last.contains(['(', '|']));
        if !all_fit || ends_in_call || !self.fits(&format!("{head}(")) {
            self.skip_item();
        }
        self.open(format!("{head}("));
        for argument in arguments {
            self.line(format!("{argument},"));
        }
        self.close(format!("){tail}"));
    }

    /// `NAME(TYPE),` of an enum, the type on a line of its own when too wide.
    pub(super) fn variant(&mut self, name: &str, ty: &str) {
        let line = format!("{name}({ty}),");
        if self.fits(&line) {
            return self.line(line);
        }
        let inner = format!("{ty},");
        if !self.fits(&format!("{INDENT}{inner}")) {
            self.skip_item();
        }
        self.open(format!("{name}("));
        self.line(inner);
        self.close("),");
    }

    /// `PREFIX ROOT.LINK.LINK SUFFIX`, one link per line when too wide.
    pub(super) fn chain(&mut self, prefix: &str, root: &str, links: &[String], suffix: &str) {
        let chain = format!("{root}{}", links.concat());
        let line = format!("{prefix}{chain}{suffix}");
        if width(&chain) + usize::from(chain.ends_with('?')) <= CHAIN_WIDTH_MAX && self.fits(&line)
        {
            return self.line(line);
        }
        if !is_narrow(&chain) {
            self.skip_item();
        }
        let (first, rest) = match links {
            // A short root at the beginning of a statement keeps its first link.
            [first, rest @ ..] if prefix.is_empty() && width(root) <= INDENT.len() => {
                (first.as_str(), rest)
            }
            _ => ("", links),
        };
        self.open(format!("{prefix}{root}{first}"));
        for (index, link) in rest.iter().enumerate() {
            let end = if index + 1 == rest.len() { suffix } else { "" };
            self.line(format!("{link}{end}"));
        }
        self.shallower();
    }

    /// `PREFIX{ MEMBERS }SUFFIX`: a struct literal, one member per line when too wide.
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
        if self.columns(prefix) > WIDTH_MAX - INDENT.len() - 1 {
            self.skip_item();
        }
        for member in members {
            if !self.fits_as_member(member) {
                self.skip_item();
            }
            self.line(format!("{member},"));
        }
        self.close(format!("}}{suffix}"));
    }

    /// Whether rustfmt leaves `name: value,` of a literal on its line.
    pub(super) fn fits_as_member(&self, member: &str) -> bool {
        let value = member.split_once(": ").map_or("", |(_, value)| value);
        let is_long_chain = value.matches('.').count() > 1 && width(value) > CHAIN_WIDTH_MAX;
        let margin = if member.ends_with('?') { TRY_MARGIN } else { 0 };
        let line = format!("{member},");
        self.fits_as_statement(&line)
            && self.columns(&line) + 2 * margin <= WIDTH_MAX
            && !is_long_chain
    }

    /// Whether rustfmt leaves a statement on its line.
    pub(super) fn fits_as_statement(&self, line: &str) -> bool {
        let margin = if ends_in_try(line) { TRY_MARGIN } else { 0 };
        self.columns(line) + margin <= WIDTH_MAX && is_narrow(line)
    }

    /// `PATTERN => EXPRESSION,`, the expression in a block of its own when too wide.
    pub(super) fn arm(&mut self, pattern: &str, expression: &str) {
        let line = format!("{pattern} => {expression},");
        let is_narrow = is_narrow(pattern) && is_narrow(expression);
        if self.fits(&line) && is_narrow {
            return self.line(line);
        }
        if !is_narrow
            || !self.fits(&format!("{pattern} => {{"))
            || !self.fits(&format!("{INDENT}{expression}"))
        {
            self.skip_item();
        }
        self.open(format!("{pattern} => {{"));
        self.line(expression);
        self.close("}");
    }

    /// `PATTERN(NAME) => CONSTRUCTOR(NAMECALL),`, in two steps when too wide.
    pub(super) fn owning_arm(&mut self, pattern: &str, name: &str, constructor: &str, call: &str) {
        let line = format!("{pattern}({name}) => {constructor}({name}{call}),");
        let inner = format!("{INDENT}{constructor}({name}{call})");
        if call.is_empty() || self.fits_as_statement(&line) || self.fits_as_statement(&inner) {
            return self.arm(
                &format!("{pattern}({name})"),
                &format!("{constructor}({name}{call})"),
            );
        }
        self.open(format!("{pattern}({name}) => {{"));
        self.line(format!("let {name} = {name}{call};"));
        self.statement(&format!("{constructor}({name})"));
        self.close("}");
    }

    /// `PATTERN => NAME = VALUE,`, in a block of its own when too wide.
    pub(super) fn assigning_arm(&mut self, pattern: &str, name: &str, value: &str) {
        let line = format!("{pattern} => {name} = {value},");
        if self.fits_as_statement(&line) {
            return self.line(line);
        }
        self.open(format!("{pattern} => {{"));
        self.assign(name, value);
        self.close("}");
    }

    /// `NAME: TYPE,` of a struct, or `NAME = TYPE;`: the type on the next line when too wide.
    pub(super) fn typed(&mut self, left: &str, sign: &str, ty: &str, end: &str) {
        let line = format!("{left}{sign} {ty}{end}");
        let next_line = format!("{INDENT}{ty}{end}");
        if self.fits(&line) {
            self.line(line);
        } else if self.fits(&next_line) {
            self.line(format!("{left}{sign}"));
            self.line(next_line);
        } else {
            self.line(format!("{left}{sign}"));
            self.skip_item();
            self.line(next_line);
        }
    }

    /// `HEAD(PARAMETERS) -> RESULT;` of a function without a body: broken before the arrow, or one parameter per line.
    pub(super) fn declare_fn(&mut self, head: &str, parameters: &[String], result: &str) {
        let short = format!("{head}({})", parameters.join(", "));
        let line = format!("{short} -> {result};");
        match self.columns(&line) {
            ..WIDTH_MAX => self.line(line),
            // rustfmt leaves room for ` {`.
            WIDTH_MAX => {
                self.line(short);
                self.line(format!("-> {result};"));
            }
            _ => {
                self.parameters(head, parameters);
                self.result(result, ";");
            }
        }
    }

    /// A function's signature up to its opened body, one parameter per line when too wide.
    pub(super) fn open_fn(&mut self, head: &str, parameters: &[String], result: &str) {
        let line = format!("{head}({}) -> {result} {{", parameters.join(", "));
        if self.fits(&line) {
            return self.open(line);
        }
        if parameters.is_empty() {
            self.open(line);
            return self.skip_item();
        }
        self.parameters(head, parameters);
        let last = self.columns(&format!(") -> {result} {{"));
        // rustfmt counts the indentation twice here.
        if !self.is_wide_result(result) && last > WIDTH_MAX - self.columns("") {
            self.line(format!(") -> {result}"));
            self.open("{");
        } else {
            self.result(result, " {");
            self.deeper();
        }
    }

    fn parameters(&mut self, head: &str, parameters: &[String]) {
        self.open(format!("{head}("));
        for parameter in parameters {
            self.wide_type("", parameter, ",");
        }
        self.shallower();
    }

    /// The last line of a broken signature. rustfmt breaks the type only when it would not fit on a line of its own.
    fn result(&mut self, result: &str, end: &str) {
        if self.is_wide_result(result) {
            self.generic(") -> ", result, end);
        } else {
            self.line(format!(") -> {result}{end}"));
        }
    }

    fn is_wide_result(&self, result: &str) -> bool {
        // The arrow counts, but the word `impl` does not.
        let counted = match result.strip_prefix("impl ") {
            Some(bound) => self.columns(bound),
            None => self.columns(result),
        };
        counted + width("-> ") > WIDTH_MAX
    }

    /// `PREFIX TYPE SUFFIX`, broken inside the generic type when too wide.
    fn wide_type(&mut self, prefix: &str, ty: &str, suffix: &str) {
        let line = format!("{prefix}{ty}{suffix}");
        if self.fits(&line) {
            self.line(line);
        } else {
            self.generic(prefix, ty, suffix);
        }
    }

    /// `PREFIX TYPE SUFFIX` with each argument of the generic type on a line of its own.
    fn generic(&mut self, prefix: &str, ty: &str, suffix: &str) {
        let arguments = ty.strip_suffix('>').and_then(|rest| rest.split_once('<'));
        let Some((name, inside)) = arguments else {
            self.line(format!("{prefix}{ty}{suffix}"));
            return self.skip_item();
        };
        self.open(format!("{prefix}{name}<"));
        for argument in split_arguments(inside) {
            self.wide_type("", argument, ",");
        }
        self.close(format!(">{suffix}"));
    }

    /// `impl TRAIT for TYPE {`, broken before `for` when too wide.
    pub(super) fn open_impl(&mut self, generics: &str, what: &str, ty: &str) {
        let line = format!("impl{generics} {what} for {ty} {{");
        // rustfmt does not count the indentation here.
        if width(&line) <= WIDTH_MAX {
            return self.open(line);
        }
        self.line(format!("impl{generics} {what}"));
        let last = format!("{INDENT}for {ty}");
        self.line(&last);
        if self.columns(&last) > WIDTH_MAX - INDENT.len() {
            self.skip_item();
        }
        self.open("{");
    }

    /// The line that opens or is a struct, enum or trait. rustfmt breaks them early, and they are long only with strange names.
    pub(super) fn item_line(&mut self, line: &str) {
        self.line(line);
        if self.columns(line) > WIDTH_MAX - 3 * INDENT.len() {
            self.skip_item();
        }
    }

    /// As [`item_line`](Code::item_line), of a line that opens a block.
    pub(super) fn open_item(&mut self, line: &str) {
        self.item_line(line);
        self.deeper();
    }

    /// A line that has no other layout here.
    pub(super) fn statement(&mut self, line: &str) {
        if !self.fits_as_statement(line) {
            self.skip_item();
        }
        self.line(line);
    }

    /// `impl TRAIT for TYPE {}`, broken as `open_impl` does.
    pub(super) fn empty_impl(&mut self, what: &str, ty: &str) {
        let head = format!("impl {what} for {ty} {{");
        if width(&head) <= WIDTH_MAX {
            self.line(format!("{head}}}"));
        } else {
            self.open_impl("", what, ty);
            self.close("}");
        }
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
}

/// Whether all arguments of calls in the text are within rustfmt's limit for one line. A single plain argument has none.
fn is_narrow(text: &str) -> bool {
    let mut open = Vec::new();
    let mut in_string = false;
    let mut is_escaped = false;
    for (at, char) in text.char_indices() {
        match char {
            '"' if !is_escaped => in_string = !in_string,
            '(' if !in_string => open.push(at + 1),
            ')' if !in_string => {
                let inside = &text[open.pop().unwrap_or(0)..at];
                let is_plain = !inside.contains(['(', ',', '|']);
                if width(inside) > CALL_WIDTH_MAX && !is_plain {
                    return false;
                }
            }
            _ => {}
        }
        is_escaped = char == '\\' && !is_escaped;
    }
    true
}

/// Whether the text ends in `?` behind a call of a method.
fn ends_in_try(text: &str) -> bool {
    let Some(tried) = text.trim_end_matches([';', ',']).strip_suffix('?') else {
        return false;
    };
    let mut depth = 0usize;
    let call = tried.rfind(|char| {
        match char {
            ')' => depth += 1,
            '(' => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    let callee = call.map_or(tried, |call| &tried[..call]);
    let name = callee.rfind(|char: char| !char.is_ascii_alphanumeric() && char != '_');
    name.is_some_and(|at| callee[at..].starts_with('.'))
}

/// Splits at the commas that are not inside a generic type.
fn split_arguments(list: &str) -> Vec<&str> {
    let mut arguments = Vec::new();
    let (mut depth, mut start) = (0usize, 0);
    for (at, char) in list.char_indices() {
        match char {
            '<' | '(' => depth += 1,
            '>' | ')' => depth -= 1,
            ',' if depth == 0 => {
                arguments.push(list[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    arguments.push(list[start..].trim());
    arguments
}

/// Columns that rustfmt keeps free behind a chain that ends in `?`.
const TRY_MARGIN: usize = 2;

/// rustfmt's `fn_call_width`.
const CALL_WIDTH_MAX: usize = 60;

/// rustfmt's `chain_width`.
const CHAIN_WIDTH_MAX: usize = 60;

/// rustfmt's `struct_lit_width`.
const LITERAL_WIDTH_MAX: usize = 18;
