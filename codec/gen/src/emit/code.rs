//! Text with indentation.
//!
//! The emitters write line by line; what can become too wide for a line goes through the functions of `layout`. Both agree
//! on the item under construction: the one that is taken from rustfmt when a layout is beyond what `layout` knows.

/// Rust source under construction.
#[derive(Debug, Default)]
pub(super) struct Code {
    text: String,
    indent: usize,
    /// Where the line begins that opened the innermost item, and its indentation.
    item: Option<(usize, usize)>,
}

impl Code {
    pub(super) fn with_indent(indent: usize) -> Code {
        Code {
            indent,
            ..Code::default()
        }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    pub(super) fn indent(&self) -> usize {
        self.indent
    }

    /// A line; an empty one has no blanks.
    pub(super) fn line(&mut self, line: impl AsRef<str>) {
        let line = line.as_ref();
        if is_item(line) {
            self.item = Some((self.text.len(), self.indent));
        }
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

    /// One level in, without a line.
    pub(super) fn deeper(&mut self) {
        self.indent += 1;
    }

    /// One level out, without a line.
    pub(super) fn shallower(&mut self) {
        self.indent -= 1;
    }

    /// Text that was laid out elsewhere for this indentation.
    pub(super) fn raw(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Documentation; an empty line stays `///`.
    pub(super) fn doc(&mut self, doc: &str) {
        for line in doc.lines() {
            let space = if line.is_empty() { "" } else { " " };
            self.line(format!("///{space}{line}"));
        }
    }

    /// Tells rustfmt to leave the innermost item as it is.
    pub(super) fn skip_item(&mut self) {
        if let Some((at, indent)) = self.item.take() {
            let attribute = format!("{}#[rustfmt::skip]\n", INDENT.repeat(indent));
            self.text.insert_str(at, &attribute);
        }
    }

    /// Whether a line fits at this indentation.
    pub(super) fn fits(&self, line: &str) -> bool {
        self.columns(line) <= WIDTH_MAX
    }

    /// The column behind a line at this indentation.
    pub(super) fn columns(&self, line: &str) -> usize {
        self.indent * INDENT.len() + width(line)
    }
}

/// Whether the line begins something that can have an attribute.
fn is_item(line: &str) -> bool {
    const BEGINNINGS: &[&str] = &["pub ", "impl", "fn ", "async fn ", "type "];
    BEGINNINGS
        .iter()
        .any(|beginning| line.starts_with(beginning))
}

/// Columns of a text, as rustfmt counts them for the characters that appear here.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

pub(super) const INDENT: &str = "    ";

/// rustfmt's `max_width`.
pub(super) const WIDTH_MAX: usize = 100;
