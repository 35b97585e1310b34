//! Comments → documentation.
//!
//! A `/** … */` block before a definition documents it, as in Apache's compiler. Beyond Apache, so do `//`, `///` and `#`
//! lines that stand directly above: alone on their lines, no blank line in between.

use super::lex::Comment;

/// The documentation in the comments before a token that starts at byte `token_start`; empty text counts as none.
pub(crate) fn doc_before(text: &str, comments: &[Comment], token_start: u32) -> Option<String> {
    let block = comments
        .iter()
        .rev()
        .map(|comment| comment_text(text, comment))
        .find_map(doc_block);
    let lines = match block {
        Some(content) => block_lines(content),
        None => line_group(text, comments, token_start),
    };
    clean(lines)
}

/// The documentation of the whole file: the first `/** … */` among the comments.
pub(crate) fn file_doc(text: &str, comments: &[Comment]) -> Option<String> {
    let block = comments
        .iter()
        .map(|comment| comment_text(text, comment))
        .find_map(doc_block)?;
    clean(block_lines(block))
}

fn comment_text<'a>(text: &'a str, comment: &Comment) -> &'a str {
    &text[comment.span.start as usize..comment.span.end as usize]
}

/// The inside of a `/** … */`, or None for other comments and for `/***/`.
fn doc_block(comment: &str) -> Option<&str> {
    comment.strip_prefix("/**")?.strip_suffix("*/")
}

/// The lines of a block without the column of stars, if every line has one, and without the stars of the markers.
fn block_lines(content: &str) -> Vec<&str> {
    let content = content.trim_start_matches('*').trim_end_matches('*');
    let mut lines: Vec<&str> = content.lines().map(str::trim_end).collect();
    let starred = |line: &&str| line.trim_start().starts_with('*') || line.trim().is_empty();
    if lines.iter().skip(1).all(starred) {
        for line in lines.iter_mut().skip(1) {
            let inner = line.trim_start();
            *line = inner.strip_prefix('*').unwrap_or(inner);
        }
    }
    if let Some(first) = lines.first_mut() {
        *first = first.trim_start();
    }
    lines
}

/// The unbroken run of line comments that ends directly above the token.
fn line_group<'a>(text: &'a str, comments: &[Comment], token_start: u32) -> Vec<&'a str> {
    let mut group = Vec::new();
    let mut below = token_start as usize;
    for comment in comments.iter().rev() {
        let content = comment_text(text, comment);
        let line = content
            .strip_prefix("//")
            .map(|line| line.strip_prefix('/').unwrap_or(line))
            .or_else(|| content.strip_prefix('#'));
        let gap = &text[comment.span.end as usize..below];
        let adjacent = gap.bytes().filter(|byte| *byte == b'\n').count() == 1;
        match line {
            Some(line) if comment.first_of_line && adjacent => group.push(line.trim_end()),
            _ => break,
        }
        below = comment.span.start as usize;
    }
    group.reverse();
    group
}

/// Removes the common indent (the first line of a block has none left) and empty lines at both ends.
fn clean(mut lines: Vec<&str>) -> Option<String> {
    while lines.first().is_some_and(|line| line.trim().is_empty()) {
        lines.remove(0);
    }
    while lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
    let indent_of = |line: &&str| line.len() - line.trim_start().len();
    let indent = lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .filter(|line| indent_of(line) > 0)
        .map(indent_of)
        .min()
        .unwrap_or(0);
    let cut: Vec<&str> = lines
        .iter()
        .map(|line| line.get(indent.min(indent_of(line))..).unwrap_or(line))
        .collect();
    (!cut.is_empty()).then(|| cut.join("\n"))
}
