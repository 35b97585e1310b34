//! One IDL gives one text, wherever it lies.

use std::fs;

use codec_gen::Compiler;

use crate::compile::{self, Folder};

#[test]
fn two_runs_are_equal() {
    for path in compile::cases("golden", "thrift") {
        assert_eq!(compile::file(&path).output(), compile::file(&path).output());
    }
}

#[test]
fn the_folder_does_not_matter() {
    let folder = Folder::new();
    for path in compile::cases("golden", "thrift") {
        let name = path.file_name().expect("a case is a file");
        fs::copy(&path, folder.0.join(name)).expect("a fresh folder can be written");
    }
    for path in compile::cases("golden", "thrift") {
        let name = path.file_name().expect("a case is a file");
        let copy = compile::file(&folder.0.join(name));
        assert_eq!(compile::file(&path).output(), copy.output());
    }
}

#[test]
fn an_include_folder_gives_the_same_as_a_neighbour() {
    let folder = Folder::new();
    let path = folder.0.join("service.thrift");
    fs::copy("tests/golden/service.thrift", &path).expect("a fresh folder can be written");
    let compilation = Compiler::new()
        .input(&path)
        .include_dir("tests/golden")
        .compile();
    let beside = compile::file("tests/golden/service.thrift".as_ref());
    assert_eq!(compilation.output(), beside.output());
}

#[test]
fn every_file_is_listed_once() {
    let compilation = compile::files(&[
        (
            "main.thrift",
            "include 'a.thrift'\ninclude './b.thrift'\nstruct M { 1: a.A a, 2: b.B b }",
        ),
        ("a.thrift", "include \"b.thrift\"\nstruct A { 1: b.B b }"),
        ("b.thrift", "struct B {}"),
    ]);
    compile::output(&compilation);
    let mut names: Vec<_> = compilation
        .files()
        .map(|path| path.file_name().expect("a file has a name").to_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["a.thrift", "b.thrift", "main.thrift"]);
}
