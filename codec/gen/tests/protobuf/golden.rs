//! The output for the IDLs in `golden`, byte by byte. `UPDATE_GOLDEN=1` accepts what is generated now.

use std::fs;
use std::process::Command;

use codec_gen::Compiler;

use crate::compile::{self, Folder};

#[test]
fn output_is_as_checked_in() {
    for path in compile::cases(FOLDER, "proto") {
        let compilation = compile::file(&path);
        compile::assert_golden(&path.with_extension("rs"), compile::output(&compilation));
    }
}

#[test]
fn output_for_the_captured_service_is_as_checked_in() {
    let compilation = compile::file("../tests/golden/kitex/golden.proto".as_ref());
    let path = format!("tests/{FOLDER}/kitex.rs");
    compile::assert_golden(path.as_ref(), compile::output(&compilation));
}

#[test]
fn the_program_takes_protobuf() {
    let status = Command::new(env!("CARGO_BIN_EXE_idlc"))
        .args(["--check", "-o", "tests/protobuf/golden/docs.rs"])
        .arg("tests/protobuf/golden/docs.proto")
        .status()
        .expect("the program was built for this test");
    assert!(status.success());
}

#[test]
fn rustfmt_changes_nothing() {
    for path in compile::cases(FOLDER, "proto") {
        let compilation = compile::file(&path);
        compile::assert_formatted(compile::output(&compilation), &path.display());
    }
}

#[test]
fn rustfmt_changes_nothing_whatever_the_length_of_names() {
    for length in 1..=60 {
        let idl = NAMES.replace("NAME", &"n".repeat(length));
        let compilation = compile::files(&[("test.proto", &idl)]);
        let what = format!("names of {length} characters");
        compile::assert_formatted(compile::output(&compilation), &what);
    }
}

#[test]
fn the_folder_does_not_matter() {
    let folder = Folder::new();
    fs::create_dir(folder.0.join("shared")).expect("a fresh folder can be written");
    for name in ["all.proto", "shared/color.proto"] {
        let from = format!("tests/{FOLDER}/{name}");
        fs::copy(from, folder.0.join(name)).expect("a fresh folder can be written");
    }
    let here = compile::file(format!("tests/{FOLDER}/all.proto").as_ref());
    let there = compile::file(&folder.0.join("all.proto"));
    assert_eq!(here.output(), there.output());
    let included = Compiler::new()
        .include_dir(&folder.0)
        .input(folder.0.join("all.proto"))
        .compile();
    assert_eq!(here.output(), included.output());
}

#[test]
fn what_is_imported_and_not_used_is_left_out() {
    let compilation = compile::file(format!("tests/{FOLDER}/all.proto").as_ref());
    let output = compile::output(&compilation);
    assert!(output.contains("pub struct Color("));
    assert!(!output.contains("Unused"));
    let alone = compile::file(format!("tests/{FOLDER}/shared/color.proto").as_ref());
    assert!(compile::output(&alone).contains("pub struct Unused"));
}

#[test]
fn every_file_is_listed_once() {
    let compilation = compile::file(format!("tests/{FOLDER}/all.proto").as_ref());
    let mut names: Vec<_> = compilation
        .files()
        .map(|path| path.file_name().expect("a file has a name").to_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["all.proto", "color.proto"]);
}

const FOLDER: &str = "protobuf/golden";

/// Every shape of generated code that has a name in it.
const NAMES: &str = r#"
syntax = "proto2";
package NAME;
message NAME {
  optional int32 NAME1 = 1 [default = 5];
  optional NAME NAME2 = 2;
  repeated NAME3 NAME4 = 3;
  map<string, NAME> NAME5 = 4;
  map<fixed32, NAME3> NAME6 = 5;
  required string NAME7 = 6 [default = "NAME"];
  required NAME3 NAME8 = 7;
  required NAME NAME9 = 8;
  repeated sfixed64 NAME10 = 1000000 [packed = true];
  repeated group UNAME11 = 9 { optional bytes NAME = 1; }
  optional group UNAME12 = 10 { optional bytes NAME = 1; }
  optional bytes NAME13 = 14;
  oneof NAME14 {
    int32 NAME15 = 11;
    string NAME16 = 12;
    NAME NAME17 = 13;
    NAME3 NAME18 = 15;
    group UNAME19 = 16 { required bytes NAME = 1; }
  }
  enum NAME3 { NAME20 = 1; NAME21 = 2; }
}
service NAME22 {
  rpc NAME23(NAME) returns (NAME.UNAME11);
}
"#;
