//! Documentation of IDLs as rustdoc reads it.
//!
//! Comments of IDLs are plain text. rustdoc reads Markdown: four blanks would be code that it compiles and runs, brackets a
//! link, angle brackets a tag. All three are made plain; fenced blocks are marked as text, and addresses as addresses.

use super::code::Code;

/// The item's own documentation, or `fallback` when it has none, then why it is deprecated.
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
    let mut lines = Vec::new();
    for line in doc.lines() {
        let trimmed = line.trim_start();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            in_fence = !in_fence;
            lines.push(if in_fence {
                "```text".to_owned()
            } else {
                "```".to_owned()
            });
        } else if in_fence {
            lines.push(line.to_owned());
        } else {
            let indent = (line.len() - trimmed.len()).min(INDENT_MAX);
            lines.push(format!("{}{}", " ".repeat(indent), plain(trimmed)));
        }
    }
    if in_fence {
        lines.push("```".to_owned());
    }
    let lines: Vec<String> = lines
        .iter()
        .map(|line| line.trim_end().replace('\t', " "))
        .collect();
    lines.join("\n")
}

/// A line with brackets escaped and addresses marked, but for code in backticks.
fn plain(line: &str) -> String {
    let has_code = line.matches('`').count().is_multiple_of(2);
    let mut escaped = String::new();
    let mut in_code = false;
    let mut rest = line;
    while let Some(char) = rest.chars().next() {
        in_code ^= has_code && char == '`';
        if !in_code && (rest.starts_with("http://") || rest.starts_with("https://")) {
            let (address, behind) = rest.split_at(address_len(rest));
            escaped.push_str(&format!("<{address}>"));
            rest = behind;
            continue;
        }
        if !in_code && matches!(char, '<' | '>' | '[' | ']') {
            escaped.push('\\');
        }
        escaped.push(char);
        rest = &rest[char.len_utf8()..];
    }
    escaped
}

/// The length of the address at the start of a text, without the punctuation of the sentence around it.
fn address_len(text: &str) -> usize {
    let ends =
        |char: char| char.is_whitespace() || matches!(char, '<' | '>' | '"' | '`' | '[' | ']');
    let address = &text[..text.find(ends).unwrap_or(text.len())];
    let address = address.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*']);
    let is_open = address.matches('(').count() < address.matches(')').count();
    address.len() - usize::from(is_open && address.ends_with(')'))
}

/// More would make a paragraph of code.
const INDENT_MAX: usize = 3;
