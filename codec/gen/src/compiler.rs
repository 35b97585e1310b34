//! `Compiler`: what to compile, and `Compilation`: what became of it.

use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;
use crate::diagnostic::Diagnostics;
use crate::ir::Program;
use crate::source::{FileId, Sources};
use crate::{analyze, emit, load, lower, names, proto};

/// A compilation to be: input files and where their includes are.
///
/// ```no_run
/// let compilation = codec_gen::Compiler::new()
///     .input("idl/echo.thrift")
///     .include_dir("idl/shared")
///     .compile();
/// eprint!("{}", compilation.report(true));
/// if let Some(text) = compilation.output() {
///     std::fs::write("src/echo.rs", text)?;
/// }
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Compiler {
    inputs: Vec<PathBuf>,
    include_dirs: Vec<PathBuf>,
}

impl Compiler {
    /// Nothing to compile yet.
    pub fn new() -> Compiler {
        Compiler::default()
    }

    /// Adds an IDL file: protobuf if its name ends with `.proto`, else Thrift. All inputs, and what they include, go into one
    /// generated file; they have to be of one language.
    pub fn input(mut self, path: impl Into<PathBuf>) -> Compiler {
        self.inputs.push(path.into());
        self
    }

    /// Adds a folder in which includes are looked up, after the folder of the including file. For protobuf, adds one from
    /// which the paths of imports count; after all of these the folders of the inputs do.
    pub fn include_dir(mut self, path: impl Into<PathBuf>) -> Compiler {
        self.include_dirs.push(path.into());
        self
    }

    /// Reads the files and compiles them. Errors are in the result.
    pub fn compile(&self) -> Compilation {
        let mut sources = Sources::default();
        let mut diagnostics = Diagnostics::default();
        let mut program = self.program(&mut sources, &mut diagnostics);
        let output = (!diagnostics.has_errors()).then(|| {
            names::assign(&mut program);
            let mut inputs: Vec<String> = Vec::new();
            for name in self.inputs.iter().map(|path| file_name(path)) {
                if !inputs.contains(&name) {
                    inputs.push(name);
                }
            }
            emit::emit(&program, &inputs)
        });
        Compilation {
            sources,
            diagnostics,
            output,
        }
    }

    /// The program, by way of the front end for the language of the inputs.
    fn program(&self, sources: &mut Sources, diagnostics: &mut Diagnostics) -> Program {
        let (inputs, include_dirs) = (&self.inputs, &self.include_dirs);
        let is_proto = |path: &PathBuf| path.extension().is_some_and(|name| name == "proto");
        let first_proto = inputs.iter().find(|path| is_proto(path));
        let first_thrift = inputs.iter().find(|path| !is_proto(path));
        match (first_proto, first_thrift) {
            (Some(_), None) => proto::compile(inputs, include_dirs, sources, diagnostics),
            (None, _) => {
                let files = load::load(inputs, include_dirs, sources, diagnostics);
                let lowered = lower::lower(sources, &files, diagnostics);
                let mut program = lowered.program;
                analyze::analyze(&mut program, &lowered.places, diagnostics);
                program
            }
            (Some(proto), Some(thrift)) => {
                let (proto, thrift) = (proto.display(), thrift.display());
                let title = format!("`{proto}` and `{thrift}` cannot go into one generated file");
                let help = "compile protobuf and Thrift apart";
                diagnostics.push(Diagnostic::general(title).help(help));
                Program::default()
            }
        }
    }

    pub(crate) fn inputs(&self) -> &[PathBuf] {
        &self.inputs
    }
}

/// The result of [`Compiler::compile`].
#[derive(Debug)]
pub struct Compilation {
    sources: Sources,
    diagnostics: Diagnostics,
    output: Option<String>,
}

impl Compilation {
    /// The generated file; `None` when the IDL has errors.
    pub fn output(&self) -> Option<&str> {
        self.output.as_deref()
    }

    /// Errors and warnings.
    pub fn diagnostics(&self) -> &Diagnostics {
        &self.diagnostics
    }

    /// Errors and warnings as text with lines and carets; empty when there are none.
    pub fn report(&self, colored: bool) -> String {
        self.diagnostics.render(&self.sources, colored)
    }

    /// Every file that was read.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.sources.iter().map(|(_, file)| file.path.as_path())
    }

    /// The table that places in diagnostics refer to.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// `path:line` of a place, for reports of one line.
    pub(crate) fn position(&self, file: FileId, at: u32) -> String {
        let source = self.sources.file(file);
        let line = 1 + source.text[..at as usize].matches('\n').count();
        format!("{}:{line}", source.path.display())
    }
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}
