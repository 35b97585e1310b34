//! Documentation of IDLs as rustdoc reads it.
//!
//! Comments of IDLs are plain text. rustdoc reads Markdown: four blanks would be code that it compiles and runs, brackets a
//! link, angle brackets a tag. All three are made plain; blocks fenced in the comment are marked as text.

use super::code::Code;

/// The item's own documentation, or `fallback` when it has none, then `note` as a paragraph of its own.
pub(super) fn emit(code: &mut Code, doc: Option<&str>, fallback: &str, deprecated: Option<&str>) {
    match doc {
        Some(doc) => code.doc(&markdown(doc)),
        None => code.doc(fallback),
    }
    if let Some(why) = deprecated {
        code.doc("");
        code.line("///");
        let colon = if why.is_empty() { "" } else { ": " };
        code.doc(&format!("Deprecated{colon}{}", markdown(why)));
    }
}

fn markdown(doc: &str) -> String {
    let mut in_fence = false;
    let lines = doc.lines().map(|line| {
        let trimmed = line.trim_start();
        if let Some(language) = trimmed.strip_prefix("```") {
            in_fence = !in_fence;
            let opens_untyped = in_fence && language.trim().is_empty();
            return if opens_untyped {
                "```text".to_owned()
            } else {
                trimmed.to_owned()
            };
        }
        if in_fence {
            return line.to_owned();
        }
        let indent = (line.len() - trimmed.len()).min(INDENT_MAX);
        format!("{}{}", " ".repeat(indent), escape(trimmed))
    });
    let mut lines: Vec<String> = lines
        .map(|line| line.trim_end().replace('\t', " "))
        .collect();
    if in_fence {
        lines.push("```".to_owned());
    }
    lines.join("\n")
}

fn escape(line: &str) -> String {
    let mut escaped = String::new();
    let mut in_code = false;
    for char in line.chars() {
        in_code ^= char == '`';
        if !in_code && matches!(char, '<' | '>' | '[' | ']') {
            escaped.push('\\');
        }
        escaped.push(char);
    }
    escaped
}

/// More would make a paragraph of code.
const INDENT_MAX: usize = 3;
