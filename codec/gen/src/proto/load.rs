//! Reading the inputs and everything they import.
//!
//! A file has a name, by which others import it: its path from one of the roots. Roots are the include folders, then the
//! folders of the input files, so that a single file compiles without any option. The files of `google/protobuf/` are known.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use miette::Diagnostic as _;
use protox::file::{File, FileResolver, GoogleFileResolver};
use protox::prost_reflect::DescriptorPool;

use super::locations::Locations;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::load::tidy;
use crate::source::{FileId, Sources, Span};

/// What was read.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) pool: DescriptorPool,
    /// Names of the input files, in their order.
    pub(super) inputs: Vec<String>,
    /// Files by name. Those of `google/protobuf/` have no entry.
    pub(super) files: BTreeMap<String, FileId>,
    pub(super) locations: Locations,
}

/// Reads `inputs`. None when that fails, for reasons that are in `diagnostics`.
pub(super) fn load(
    inputs: &[PathBuf],
    include_dirs: &[PathBuf],
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Option<Loaded> {
    let inputs: Vec<PathBuf> = inputs.iter().map(|input| tidy(input)).collect();
    let roots = roots(&inputs, include_dirs);
    let named = name_inputs(&inputs, &roots, diagnostics)?;
    let read = Rc::new(RefCell::new(Vec::new()));
    let mut compiler = protox::Compiler::with_file_resolver(Resolver {
        named: named.clone(),
        roots,
        read: Rc::clone(&read),
    });
    let mut result = Ok(());
    for (name, _) in &named {
        result = result.and_then(|()| compiler.open_file(name).map(drop));
    }
    let mut files = BTreeMap::new();
    for (name, path, text) in read.take() {
        files.insert(name, sources.add(path, text));
    }
    if let Err(error) = result {
        report(&error, &named, &files, sources, diagnostics);
        return None;
    }
    let pool = compiler.descriptor_pool();
    Some(Loaded {
        locations: Locations::new(&pool),
        pool,
        inputs: named.into_iter().map(|(name, _)| name).collect(),
        files,
    })
}

/// The folders from which names count: a folder that holds another one comes later, so that names are short.
fn roots(inputs: &[PathBuf], include_dirs: &[PathBuf]) -> Vec<PathBuf> {
    let mut roots: Vec<PathBuf> = include_dirs.iter().map(|folder| tidy(folder)).collect();
    for input in inputs {
        let folder = input.parent().unwrap_or(Path::new("")).to_owned();
        let is_covered = roots.iter().any(|root| input.starts_with(root));
        if !is_covered {
            roots.push(folder);
        }
    }
    roots
}

/// The inputs by the names under which others would import them.
fn name_inputs(
    inputs: &[PathBuf],
    roots: &[PathBuf],
    diagnostics: &mut Diagnostics,
) -> Option<Vec<(String, PathBuf)>> {
    let mut named: Vec<(String, PathBuf)> = Vec::new();
    for input in inputs {
        let relative = roots.iter().find_map(|root| input.strip_prefix(root).ok());
        let relative = relative.unwrap_or(input);
        let parts = relative.iter().map(|part| part.to_string_lossy());
        let name = parts.collect::<Vec<_>>().join("/");
        match named.iter().find(|(known, _)| *known == name) {
            None => named.push((name, input.clone())),
            Some((_, path)) if path == input => {}
            Some((_, path)) => {
                let title = format!(
                    "`{}` and `{}` would both be imported as `{name}`",
                    path.display(),
                    input.display()
                );
                let help = "add a folder that holds both to the include folders (`-I`)";
                diagnostics.push(Diagnostic::general(title).help(help));
                return None;
            }
        }
    }
    Some(named)
}

/// Finds files and keeps what it read, for carets.
struct Resolver {
    named: Vec<(String, PathBuf)>,
    roots: Vec<PathBuf>,
    /// Name, path and text.
    read: Rc<RefCell<Vec<(String, PathBuf, String)>>>,
}

impl FileResolver for Resolver {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        let input = self.named.iter().find(|(known, _)| known == name);
        let candidates = match input {
            Some((_, path)) => vec![path.clone()],
            None => self
                .roots
                .iter()
                .map(|root| tidy(&root.join(name)))
                .collect(),
        };
        for path in candidates {
            let bytes = match std::fs::read(&path) {
                Ok(bytes) => bytes,
                Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => continue,
                Err(cause) => {
                    let text = format!("cannot read `{}`: {cause}", path.display());
                    return Err(protox::Error::new(text));
                }
            };
            let text = String::from_utf8(bytes).map_err(|cause| {
                let at = cause.utf8_error().valid_up_to();
                protox::Error::new(format!(
                    "cannot read `{}`: not utf-8 at byte {at}",
                    path.display()
                ))
            })?;
            self.read
                .borrow_mut()
                .push((name.to_owned(), path, text.clone()));
            return File::from_source(name, &text);
        }
        GoogleFileResolver::new().open_file(name)
    }
}

/// Turns what protox found into diagnostics.
fn report(
    error: &protox::Error,
    named: &[(String, PathBuf)],
    files: &BTreeMap<String, FileId>,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) {
    let file = error.file().and_then(|name| files.get(name).copied());
    diagnostics.push(diagnostic(error, named, file, sources));
    for related in error.related().into_iter().flatten() {
        diagnostics.push(diagnostic(related, named, file, sources));
    }
}

fn diagnostic(
    error: &dyn miette::Diagnostic,
    named: &[(String, PathBuf)],
    file: Option<FileId>,
    sources: &Sources,
) -> Diagnostic {
    let title = title(&error.to_string(), named);
    let labels = error.labels().into_iter().flatten();
    let mut places = labels.filter_map(|label| {
        let span = span(file?, label.offset(), label.len(), sources);
        Some((span, label.label().unwrap_or("here").to_owned()))
    });
    let mut diagnostic = match places.next() {
        Some((span, label)) => Diagnostic::error(span, title, label),
        None => Diagnostic::general(title),
    };
    for (span, label) in places {
        diagnostic = diagnostic.related(span, label);
    }
    let missing =
        diagnostic.title().starts_with("import ") && diagnostic.title().ends_with("not found");
    match error.help() {
        Some(help) => diagnostic.help(help.to_string()),
        None if missing => diagnostic
            .help("add the folder from which its path counts to the include folders (`-I`)"),
        None => diagnostic,
    }
}

/// The cause with quotes as elsewhere in this compiler, and with the path of an input where only its name is known.
fn title(text: &str, named: &[(String, PathBuf)]) -> String {
    let missing = named.iter().find(|(name, _)| {
        text == format!("path '{name}' is not in any include path")
            || text == format!("file '{name}' is not in any include path")
    });
    match missing {
        Some((_, path)) => format!("cannot read `{}`: no such file", path.display()),
        None => text.replace('\'', "`"),
    }
}

fn span(file: FileId, offset: usize, len: usize, sources: &Sources) -> Span {
    let text = &sources.file(file).text;
    let start = text.floor_char_boundary(offset.min(text.len()));
    let end = text.ceil_char_boundary((offset + len).min(text.len()));
    // Files are below 4 GiB, as the table of sources checks.
    Span {
        file,
        start: start as u32,
        end: end as u32,
    }
}
