//! `idlc`: the IDL compiler as a program, for generated files that are checked in.
//!
//! Exit codes: 0 done, 1 the IDL has errors, 2 wrong use, 3 `--check` found the file out of date, 4 the output cannot be
//! written.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use codec_gen::{Compiler, Severity};

/// Compiles Thrift IDL and protobuf to Rust types, server traits and clients.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 done, 1 errors in the IDL, 2 wrong use, 3 out of date, 4 cannot write."
)]
struct Options {
    /// IDL files; they and what they include go into one generated file.
    #[arg(required = true, value_name = "FILE")]
    inputs: Vec<PathBuf>,

    /// A folder in which includes are looked up, after the folder of the including file; for protobuf, a folder from which
    /// the paths of imports count, before the folders of the inputs. May be repeated.
    #[arg(short = 'I', long = "include-dir", value_name = "FOLDER")]
    include_dirs: Vec<PathBuf>,

    /// Where the generated file goes; standard output without it.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Write nothing: check that the IDL is valid and that the output file is what it would become.
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let mut compiler = Compiler::new();
    for input in &options.inputs {
        compiler = compiler.input(input);
    }
    for folder in &options.include_dirs {
        compiler = compiler.include_dir(folder);
    }
    let compilation = compiler.compile();
    eprint!("{}", compilation.report(io::stderr().is_terminal()));
    let Some(text) = compilation.output() else {
        let errors = compilation.diagnostics().count(Severity::Error);
        let plural = if errors == 1 { "" } else { "s" };
        eprintln!("idlc: {errors} error{plural}, nothing written");
        return ExitCode::from(INVALID);
    };
    match (&options.output, options.check) {
        (None, true) => ExitCode::SUCCESS,
        (Some(path), true) => check(path, text),
        (path, false) => write(path.as_deref(), text),
    }
}

fn check(path: &Path, text: &str) -> ExitCode {
    let found = fs::read_to_string(path);
    if found.as_ref().is_ok_and(|found| found == text) {
        return ExitCode::SUCCESS;
    }
    let path = path.display();
    match found {
        Ok(_) => eprintln!("idlc: `{path}` is out of date; run idlc without --check"),
        Err(cause) => eprintln!("idlc: cannot read `{path}`: {cause}; run idlc without --check"),
    }
    ExitCode::from(OUT_OF_DATE)
}

fn write(path: Option<&Path>, text: &str) -> ExitCode {
    let written = match path {
        Some(path) => fs::write(path, text),
        None => io::stdout().write_all(text.as_bytes()),
    };
    match (written, path) {
        (Ok(()), _) => ExitCode::SUCCESS,
        (Err(cause), Some(path)) => {
            eprintln!("idlc: cannot write `{}`: {cause}", path.display());
            ExitCode::from(UNWRITABLE)
        }
        (Err(cause), None) => {
            eprintln!("idlc: cannot write to standard output: {cause}");
            ExitCode::from(UNWRITABLE)
        }
    }
}

const INVALID: u8 = 1;
const OUT_OF_DATE: u8 = 3;
const UNWRITABLE: u8 = 4;
