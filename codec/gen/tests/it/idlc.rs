//! The program: its flags and exit codes.

use std::fs;
use std::process::{Command, Output};

use crate::compile::Folder;

fn idlc(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_idlc"))
        .args(arguments)
        .output()
        .expect("the program was built for this test")
}

fn code(arguments: &[&str]) -> i32 {
    idlc(arguments).status.code().expect("no signal ended it")
}

#[test]
fn output_goes_to_a_file_or_to_standard_output() {
    let folder = Folder::new();
    let path = folder.0.join("out.rs");
    let path = path
        .to_str()
        .expect("the temporary folder has a plain name");
    assert_eq!(code(&["tests/golden/types.thrift", "-o", path]), 0);
    let written = fs::read_to_string(path).expect("the file was written");
    assert!(written == include_str!("../golden/types.rs"));
    let printed = idlc(&["tests/golden/types.thrift"]);
    assert!(printed.stdout == written.as_bytes());
}

#[test]
fn check_finds_a_stale_file() {
    let folder = Folder::new();
    let path = folder.0.join("out.rs");
    let path = path
        .to_str()
        .expect("the temporary folder has a plain name");
    let check = ["--check", "tests/golden/types.thrift", "--output", path];
    assert_eq!(code(&check), 3, "the file is missing");
    assert_eq!(code(&["tests/golden/types.thrift", "-o", path]), 0);
    assert_eq!(code(&check), 0);
    fs::write(path, "stale").expect("the folder can be written");
    let stale = idlc(&check);
    assert_eq!(stale.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&stale.stderr).contains("out of date"));
    assert_eq!(fs::read_to_string(path).expect("still there"), "stale");
}

#[test]
fn check_without_output_looks_at_the_idl() {
    assert_eq!(code(&["--check", "tests/golden/types.thrift"]), 0);
    assert_eq!(code(&["--check", "tests/errors/types.thrift"]), 1);
}

#[test]
fn errors_are_reported_and_nothing_is_written() {
    let folder = Folder::new();
    let path = folder.0.join("out.rs");
    let path = path
        .to_str()
        .expect("the temporary folder has a plain name");
    let failed = idlc(&["tests/errors/types.thrift", "-o", path]);
    assert_eq!(failed.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&failed.stderr).contains("nothing written"));
    assert!(fs::metadata(path).is_err());
}

#[test]
fn includes_are_found_in_the_given_folders() {
    let folder = Folder::new();
    let path = folder.0.join("main.thrift");
    fs::write(
        &path,
        "include \"types.thrift\"\nstruct A { 1: types.Bird bird }",
    )
    .expect("fresh folder");
    let path = path
        .to_str()
        .expect("the temporary folder has a plain name");
    assert_eq!(code(&["--check", path]), 1);
    assert_eq!(code(&["--check", path, "-I", "tests/golden"]), 0);
}

#[test]
fn several_inputs_go_into_one_file() {
    let printed = idlc(&[
        "tests/golden/types.thrift",
        "tests/golden/unions.thrift",
        "tests/golden/types.thrift",
    ]);
    let text = String::from_utf8_lossy(&printed.stdout);
    assert!(text.contains("from types.thrift, unions.thrift"));
    assert_eq!(
        (
            text.matches("pub mod types").count(),
            text.matches("pub mod unions").count()
        ),
        (1, 1)
    );
}

#[test]
fn wrong_use_and_an_output_that_cannot_be_written() {
    assert_eq!(code(&[]), 2);
    assert_eq!(code(&["--no-such-flag", "x.thrift"]), 2);
    assert_eq!(
        code(&["tests/golden/types.thrift", "-o", "no/such/folder/out.rs"]),
        4
    );
}
