//! The door for build scripts.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use crate::compiler::{Compilation, Compiler};
use crate::diagnostic::Severity;

/// Compiles one IDL file from a build script: one line, nothing to handle.
///
/// The generated file is `OUT_DIR/NAME.rs`, `NAME` being that of the IDL file without extension. Cargo runs the script again
/// when the file or one it includes changes. Warnings become warnings of the build. With an error in the IDL, or when the
/// file cannot be written, the report goes to standard error and the process ends with status 1, which fails the build.
///
/// For several inputs or include folders see [`Compiler::build`].
pub fn build(path: impl AsRef<Path>) {
    Compiler::new().input(path.as_ref()).build();
}

impl Compiler {
    /// Compiles from a build script, as [`build`] does for one file. The generated file is named after the first input.
    pub fn build(&self) {
        let compilation = self.compile();
        for path in compilation.files() {
            println!("cargo::rerun-if-changed={}", path.display());
        }
        for input in self.inputs() {
            // Also when it is missing, so that adding it builds again.
            println!("cargo::rerun-if-changed={}", input.display());
        }
        let Some(text) = compilation.output() else {
            fail(&compilation.report(false));
        };
        warn(&compilation);
        if let Err(cause) = self.write(text) {
            fail(&cause);
        }
    }

    fn write(&self, text: &str) -> Result<(), String> {
        let folder = env::var_os("OUT_DIR").ok_or(
            "OUT_DIR is not set: this function is for build scripts, use `compile` elsewhere",
        )?;
        let stem = self.inputs().first().and_then(|input| input.file_stem());
        let stem = stem.ok_or("no input file: call `input` with the path of an IDL file")?;
        let path = PathBuf::from(folder).join(stem).with_extension("rs");
        // An unchanged file keeps its time, so that nothing is compiled again.
        if fs::read_to_string(&path).is_ok_and(|known| known == text) {
            return Ok(());
        }
        fs::write(&path, text)
            .map_err(|cause| format!("cannot write `{}`: {cause}", path.display()))
    }
}

fn warn(compilation: &Compilation) {
    let all = compilation.diagnostics().iter();
    for warning in all.filter(|diagnostic| diagnostic.severity() == Severity::Warning) {
        let place = warning
            .span()
            .map(|span| format!("{}: ", compilation.position(span.file, span.start)))
            .unwrap_or_default();
        println!("cargo::warning={place}{}", warning.title());
    }
}

fn fail(report: &str) -> ! {
    eprintln!("{report}");
    process::exit(1);
}
