//! Where a definition is written.

use protox::prost_reflect::prost_types::FileDescriptorProto;

use super::load::Loaded;
use crate::source::{Sources, Span};

/// The place of the definition at `path`; None in a file that was not read, or where the description has none.
pub(super) fn span(
    loaded: &Loaded,
    sources: &Sources,
    file: &FileDescriptorProto,
    path: &[i32],
) -> Option<Span> {
    let id = *loaded.files.get(file.name())?;
    let info = file.source_code_info.as_ref()?;
    let location = info
        .location
        .iter()
        .find(|location| location.path == path)?;
    let (start, end) = match *location.span.as_slice() {
        [line, from, to] => ((line, from), (line, to)),
        [line, from, end_line, to] => ((line, from), (end_line, to)),
        _ => return None,
    };
    let text = &sources.file(id).text;
    Some(Span {
        file: id,
        start: offset(text, start),
        end: offset(text, end),
    })
}

/// The byte of a line and column, both from 0. A column beyond the line is its end.
fn offset(text: &str, (line, column): (i32, i32)) -> u32 {
    let line_count = usize::try_from(line).unwrap_or(0);
    let before: usize = text
        .split_inclusive('\n')
        .take(line_count)
        .map(str::len)
        .sum();
    let rest = text[before..].split('\n').next().unwrap_or_default();
    let column = usize::try_from(column).unwrap_or(0).min(rest.len());
    // Files are below 4 GiB, as the table of sources checks.
    (before + rest.floor_char_boundary(column)) as u32
}
