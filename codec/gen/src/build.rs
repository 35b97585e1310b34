//! The door for build scripts.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Mutex, PoisonError};

use crate::compiler::{Compilation, Compiler};
use crate::diagnostic::Severity;

/// Compiles one IDL file from a build script: one line, nothing to handle.
///
/// The generated file is `OUT_DIR/NAME.rs`, `NAME` being that of the IDL file without extension. Cargo runs the script again
/// when the file or one it includes changes. Warnings become warnings of the build. With an error in the IDL, or when the
/// file cannot be written, the report goes to standard error and the process ends with status 1, which fails the build.
///
/// Two IDL files whose names differ in the folder or the extension alone, such as `echo.thrift` and `echo.proto`, would
/// become one generated file, so the second one is an error.
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
        let input = self.inputs().first();
        let input = input.ok_or("no input file: call `input` with the path of an IDL file")?;
        let path = output_path(folder.as_ref(), input).ok_or("the input is no file")?;
        claim(&WRITTEN, &path, input)?;
        // An unchanged file keeps its time, so that nothing is compiled again.
        if fs::read_to_string(&path).is_ok_and(|known| known == text) {
            return Ok(());
        }
        fs::write(&path, text)
            .map_err(|cause| format!("cannot write `{}`: {cause}", path.display()))
    }
}

/// `FOLDER/NAME.rs` for an input `NAME.EXTENSION`; the name may have dots.
fn output_path(folder: &Path, input: &Path) -> Option<PathBuf> {
    let mut name = input.file_stem()?.to_owned();
    name.push(".rs");
    Some(folder.join(name))
}

/// The files that this build script has written, and the inputs they came from.
static WRITTEN: Claims = Mutex::new(Vec::new());

type Claims = Mutex<Vec<(PathBuf, PathBuf)>>;

/// Notes that `path` comes from `input`, unless it came from another one before.
fn claim(written: &Claims, path: &Path, input: &Path) -> Result<(), String> {
    let mut written = written.lock().unwrap_or_else(PoisonError::into_inner);
    let other = written.iter().find(|(known, _)| known == path);
    match other {
        Some((_, other)) if other != input => Err(format!(
            "`{}` and `{}` would both become `{}`: rename one",
            other.display(),
            input.display(),
            path.display()
        )),
        Some(_) => Ok(()),
        None => {
            written.push((path.to_owned(), input.to_owned()));
            Ok(())
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_is_named_after_its_input() {
        let path = |input: &str| output_path("out".as_ref(), input.as_ref());
        assert_eq!(path("idl/echo.thrift"), Some("out/echo.rs".into()));
        assert_eq!(path("echo.v1.proto"), Some("out/echo.v1.rs".into()));
        assert_eq!(path("idl/.."), None);
    }

    #[test]
    fn two_inputs_do_not_become_one_file() {
        let written = Claims::default();
        let claim = |path: &str, input: &str| claim(&written, path.as_ref(), input.as_ref());
        assert_eq!(claim("out/echo.rs", "idl/echo.thrift"), Ok(()));
        assert_eq!(claim("out/other.rs", "idl/other.proto"), Ok(()));
        assert_eq!(claim("out/echo.rs", "idl/echo.thrift"), Ok(()));
        let error = claim("out/echo.rs", "idl/echo.proto").expect_err("another input");
        assert_eq!(
            error,
            "`idl/echo.thrift` and `idl/echo.proto` would both become `out/echo.rs`: rename one"
        );
    }
}
