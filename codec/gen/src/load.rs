//! Reading the inputs and everything they include.
//!
//! Each file is read and parsed once, whatever the number of files that include it. An include is looked up next to the
//! file that names it, then in the include folders in their order. Include cycles are errors, as in Apache's compiler.

use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Sources, Span};
use crate::thrift::{self, ast};

/// A parsed file with its includes found. Its index in the list of [`load`] is that of its [`FileId`].
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) ast: ast::File,
    /// For each include that was found: the prefix by which its names are called, and the file.
    pub(crate) includes: Vec<(String, FileId)>,
    /// The prefixes of the others.
    pub(crate) missing: Vec<String>,
}

/// Reads `inputs` and what they include. Files that cannot be read are diagnostics.
pub(crate) fn load(
    inputs: &[PathBuf],
    include_dirs: &[PathBuf],
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Vec<Loaded> {
    let mut loader = Loader {
        include_dirs,
        sources,
        diagnostics,
        loaded: Vec::new(),
        open: Vec::new(),
    };
    for input in inputs {
        loader.input(input);
    }
    loader
        .loaded
        .into_iter()
        .map(|file| file.expect("every file that was opened was finished"))
        .collect()
}

struct Loader<'a> {
    include_dirs: &'a [PathBuf],
    sources: &'a mut Sources,
    diagnostics: &'a mut Diagnostics,
    /// None while the file is being read.
    loaded: Vec<Option<Loaded>>,
    /// The chain of files being read, each with the include that led there.
    open: Vec<(FileId, Option<Span>)>,
}

impl Loader<'_> {
    fn input(&mut self, path: &Path) {
        let path = &tidy(path);
        if self.sources.find(path).is_some() {
            return;
        }
        match read(path) {
            Ok(text) => {
                self.file(path, text, None);
            }
            Err(cause) => self.diagnostics.push(Diagnostic::general(format!(
                "cannot read `{}`: {cause}",
                path.display()
            ))),
        }
    }

    fn file(&mut self, path: &Path, text: String, from: Option<Span>) -> FileId {
        let id = self.sources.add(path.to_owned(), text);
        self.loaded.push(None);
        self.open.push((id, from));
        let ast = thrift::parse(self.sources, id, self.diagnostics);
        let (mut includes, mut missing) = (Vec::new(), Vec::new());
        for include in &ast.includes {
            if let Some(file) = self.include(path, include) {
                let prefix = self.sources.file(file).stem().to_owned();
                includes.push((prefix, file));
            } else {
                let stem = Path::new(&include.path).file_stem();
                missing.extend(stem.map(|stem| stem.to_string_lossy().into_owned()));
            }
        }
        self.open.pop();
        self.loaded[id.0 as usize] = Some(Loaded {
            ast,
            includes,
            missing,
        });
        id
    }

    fn include(&mut self, includer: &Path, include: &ast::Include) -> Option<FileId> {
        let beside = includer.parent().unwrap_or(Path::new(""));
        let candidates = std::iter::once(beside)
            .chain(self.include_dirs.iter().map(PathBuf::as_path))
            .map(|dir| tidy(&dir.join(&include.path)));
        let mut failure = None;
        for candidate in candidates {
            if let Some(id) = self.sources.find(&candidate) {
                return self.known(id, include);
            }
            match read(&candidate) {
                Ok(text) => return Some(self.file(&candidate, text, Some(include.span))),
                Err(ReadError::Missing) => {}
                Err(cause) => failure = failure.or(Some((candidate, cause))),
            }
        }
        let diagnostic = match failure {
            Some((path, cause)) => Diagnostic::error(
                include.span,
                format!("cannot read `{}`: {cause}", path.display()),
                "included here",
            ),
            None => Diagnostic::error(
                include.span,
                format!("include `{}` was not found", include.path),
                "no such file next to this one or in the include folders",
            )
            .help("add the folder that holds it to the include folders (`-I`)"),
        };
        self.diagnostics.push(diagnostic);
        None
    }

    /// An include of a file that was met before: fine, unless that file is still open.
    fn known(&mut self, id: FileId, include: &ast::Include) -> Option<FileId> {
        let Some(position) = self.open.iter().position(|(open, _)| *open == id) else {
            return Some(id);
        };
        let name = self.sources.file(id).file_name().to_owned();
        let mut diagnostic = Diagnostic::error(
            include.span,
            format!("`{name}` includes itself"),
            "this closes the circle",
        )
        .help("move what both files need into a third file");
        for (_, from) in &self.open[position + 1..] {
            if let Some(span) = from {
                diagnostic = diagnostic.related(*span, "by way of this include");
            }
        }
        self.diagnostics.push(diagnostic);
        None
    }
}

enum ReadError {
    Missing,
    NotText(usize),
    Other(std::io::Error),
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ReadError::Missing => f.write_str("no such file"),
            ReadError::NotText(at) => write!(f, "not utf-8 at byte {at}"),
            ReadError::Other(cause) => cause.fmt(f),
        }
    }
}

fn read(path: &Path) -> Result<String, ReadError> {
    let bytes = std::fs::read(path).map_err(|cause| match cause.kind() {
        std::io::ErrorKind::NotFound => ReadError::Missing,
        _ => ReadError::Other(cause),
    })?;
    String::from_utf8(bytes).map_err(|cause| ReadError::NotText(cause.utf8_error().valid_up_to()))
}

/// Removes `.` and resolves `..` in the text of the path, so that a file has one name however it is reached.
pub(crate) fn tidy(path: &Path) -> PathBuf {
    use std::path::Component;

    let mut tidy = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(tidy.components().next_back(), Some(Component::Normal(_))) =>
            {
                tidy.pop();
            }
            other => tidy.push(other),
        }
    }
    tidy
}
