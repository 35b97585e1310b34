//! Helpers: compile a text or a file, run rustfmt, compare with a file.

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use codec_gen::{Compilation, Compiler};

/// Compiles the file at `path`.
pub(crate) fn file(path: &Path) -> Compilation {
    Compiler::new().input(path).compile()
}

/// Compiles an IDL given as text, under the name `test.thrift`.
pub(crate) fn text(idl: &str) -> Compilation {
    files(&[("test.thrift", idl)])
}

/// Compiles the first of several files, which may include the others.
pub(crate) fn files(files: &[(&str, &str)]) -> Compilation {
    let folder = Folder::new();
    for (name, idl) in files {
        fs::write(folder.0.join(name), idl).expect("a fresh folder can be written");
    }
    file(&folder.0.join(files[0].0))
}

/// The generated file, of an IDL that has no errors.
pub(crate) fn output(compilation: &Compilation) -> &str {
    match compilation.output() {
        Some(output) => output,
        None => panic!("errors in the idl:\n{}", compilation.report(false)),
    }
}

/// Fails at the first line that rustfmt would change.
#[track_caller]
pub(crate) fn assert_formatted(source: &str, what: &dyn Display) {
    let formatted = rustfmt(source);
    let mut pairs = source.lines().zip(formatted.lines());
    let differs = pairs.find(|(ours, theirs)| ours != theirs);
    if let Some((ours, theirs)) = differs {
        panic!("{what}: rustfmt changes\n{ours}\n   to\n{theirs}");
    }
    assert!(source == formatted, "{what}: rustfmt changes the end");
}

/// What rustfmt makes of `source`.
fn rustfmt(source: &str) -> String {
    let folder = Folder::new();
    let path = folder.0.join("generated.rs");
    fs::write(&path, source).expect("a fresh folder can be written");
    let mut command = Command::new("rustfmt");
    command.args(["--edition", "2024", "--config-path", "/dev/null"]);
    let status = command
        .arg(&path)
        .stderr(Stdio::inherit())
        .status()
        .expect("rustfmt is part of the toolchain");
    assert!(status.success(), "rustfmt cannot read the generated code");
    fs::read_to_string(&path).expect("rustfmt leaves the file")
}

/// Compares with a file that is checked in, or writes it when the environment has `UPDATE_GOLDEN`.
pub(crate) fn assert_golden(path: &Path, found: &str) {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(path, found).expect("the golden file can be written");
        return;
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    let line = expected
        .lines()
        .zip(found.lines())
        .position(|(expected, found)| expected != found)
        .unwrap_or_else(|| expected.lines().count().min(found.lines().count()));
    assert!(
        expected == found,
        "{} differs from line {}:\n  expected: {}\n  found:    {}\nrun with UPDATE_GOLDEN=1 to accept",
        path.display(),
        line + 1,
        expected.lines().nth(line).unwrap_or_default(),
        found.lines().nth(line).unwrap_or_default(),
    );
}

/// The files of a folder under `tests` with this extension, sorted.
pub(crate) fn cases(folder: &str, extension: &str) -> Vec<PathBuf> {
    let folder = Path::new("tests").join(folder);
    let entries = fs::read_dir(&folder).expect("tests run in the crate's folder");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the folder can be listed").path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no cases in {}", folder.display());
    paths
}

/// A folder of its own that is removed in the end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("codec-gen-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("the temporary folder can be written");
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left behind is in the temporary folder.
        let _ = fs::remove_dir_all(&self.0);
    }
}
