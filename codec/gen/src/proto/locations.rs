//! Where definitions are written, and the comments beside them.
//!
//! A description says so in a list; here it is a map, by the path that leads from a file to the definition.

use std::collections::BTreeMap;

use protox::prost_reflect::DescriptorPool;
use protox::prost_reflect::prost_types::source_code_info::Location;

use crate::source::{FileId, Sources, Span};

/// The locations of all files.
#[derive(Debug)]
pub(super) struct Locations {
    /// By name of the file and path in its description.
    map: BTreeMap<String, BTreeMap<Vec<i32>, Location>>,
}

impl Locations {
    pub(super) fn new(pool: &DescriptorPool) -> Locations {
        let files = pool.files().map(|file| {
            let info = file.file_descriptor_proto().source_code_info.clone();
            let locations = info.unwrap_or_default().location.into_iter();
            let by_path = locations.map(|location| (location.path.clone(), location));
            (file.name().to_owned(), by_path.collect())
        });
        Locations {
            map: files.collect(),
        }
    }

    /// The comment before the definition at `path`, or behind it on its line; without the blank that follows the sign.
    pub(super) fn doc(&self, file: &str, path: &[i32]) -> Option<String> {
        let location = self.find(file, path)?;
        let comment = location
            .leading_comments
            .as_deref()
            .or(location.trailing_comments.as_deref())?;
        let lines = comment.lines().map(|line| {
            let line = line.strip_prefix(' ').unwrap_or(line);
            line.trim_end()
        });
        let text = lines.collect::<Vec<_>>().join("\n");
        let text = text.trim_matches('\n');
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The place of the definition at `path` in a file that was read as `id`.
    pub(super) fn span(
        &self,
        sources: &Sources,
        file: &str,
        id: FileId,
        path: &[i32],
    ) -> Option<Span> {
        let (start, end) = match *self.find(file, path)?.span.as_slice() {
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

    fn find(&self, file: &str, path: &[i32]) -> Option<&Location> {
        self.map.get(file)?.get(path)
    }
}

/// The byte of a line and column, both from 0. A column beyond the line is its end.
fn offset(text: &str, (line, column): (i32, i32)) -> u32 {
    let lines = usize::try_from(line).unwrap_or(0);
    let before: usize = text.split_inclusive('\n').take(lines).map(str::len).sum();
    let rest = text[before..].split('\n').next().unwrap_or_default();
    let column = usize::try_from(column).unwrap_or(0).min(rest.len());
    // Files are below 4 GiB, as the table of sources checks.
    (before + rest.floor_char_boundary(column)) as u32
}
