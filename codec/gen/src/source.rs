//! IDL files in memory and positions in them.
//!
//! A [`Span`] is a file and a byte range; it is four machine words small, so every node of the syntax tree carries one and
//! every diagnostic can point at text. Invariant: spans are only made for text that the table holds, on char boundaries.

use std::path::{Path, PathBuf};

/// Index of a file in its [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub(crate) u32);

/// A byte range of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The smallest range that covers both; the two lie in one file.
    pub(crate) fn to(self, other: Span) -> Span {
        Span {
            file: self.file,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// One IDL file.
#[derive(Debug)]
pub struct SourceFile {
    /// Where it was read from, as given on the command line or found through an include.
    pub path: PathBuf,
    /// Its whole text.
    pub text: String,
}

impl SourceFile {
    /// The file's name without folders and extension: what other files write before the dot.
    pub(crate) fn stem(&self) -> &str {
        self.path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or("idl")
    }

    /// The file's name without folders.
    pub(crate) fn file_name(&self) -> &str {
        self.path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or("idl")
    }
}

/// All files of one compilation, in the order in which they were read.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    /// Adds a file and returns its index.
    ///
    /// # Panics
    /// With more than `u32::MAX` files or bytes in one file: no compiler run comes near.
    pub fn add(&mut self, path: PathBuf, text: String) -> FileId {
        assert!(u32::try_from(text.len()).is_ok(), "an IDL file over 4 GiB");
        let id = u32::try_from(self.files.len()).expect("fewer than 2^32 files");
        self.files.push(SourceFile { path, text });
        FileId(id)
    }

    /// The file of an index made by this table.
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// The text of a span.
    pub(crate) fn text(&self, span: Span) -> &str {
        &self.file(span.file).text[span.start as usize..span.end as usize]
    }

    /// Every file with its index.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        (0u32..).map(FileId).zip(&self.files)
    }

    /// The index of the file read from `path`.
    pub(crate) fn find(&self, path: &Path) -> Option<FileId> {
        self.iter()
            .find(|(_, file)| file.path == path)
            .map(|(id, _)| id)
    }
}
