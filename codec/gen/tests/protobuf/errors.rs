//! Reports for broken IDLs: place, caret, cause and hint.

use codec_gen::Compiler;

use crate::compile;

/// The report for several files, of which the first is compiled.
fn report(files: &[(&str, &str)]) -> String {
    let compilation = compile::files(files);
    assert!(compilation.output().is_none(), "this compiles");
    compilation.report(false)
}

fn assert_mentions(report: &str, parts: &[&str]) {
    for part in parts {
        assert!(report.contains(part), "no {part:?} in:\n{report}");
    }
}

#[test]
fn syntax() {
    let report = report(&[("a.proto", "syntax = \"proto3\";\nmessage A { int32 = 1; }")]);
    assert_mentions(&report, &["a.proto:2:19", "^", "expected an identifier"]);
}

#[test]
fn unknown_type() {
    let report = report(&[(
        "a.proto",
        "syntax = \"proto3\";\nmessage A { Gull gull = 1; }",
    )]);
    assert_mentions(&report, &["a.proto:2:13", "`Gull` is not defined", "^^^^"]);
}

#[test]
fn duplicates_show_both_places() {
    let idl = "syntax = \"proto3\";\nmessage A {\n  int32 a = 1;\n  int32 b = 1;\n}";
    let report = report(&[("a.proto", idl)]);
    assert_mentions(&report, &["a.proto:", "3 |", "4 |", "^"]);
}

#[test]
fn several_mistakes_in_one_run() {
    let idl = "syntax = \"proto3\";\nmessage A { X x = 1; Y y = 2; }";
    let report = report(&[("a.proto", idl)]);
    assert_mentions(&report, &["`X` is not defined", "`Y` is not defined"]);
}

#[test]
fn missing_import() {
    let idl = "syntax = \"proto3\";\nimport \"b.proto\";";
    let report = report(&[("a.proto", idl)]);
    assert_mentions(
        &report,
        &["import `b.proto` not found", "a.proto:2:1", "`-I`"],
    );
}

#[test]
fn import_cycle() {
    let report = report(&[
        ("a.proto", "syntax = \"proto3\";\nimport \"b.proto\";"),
        ("b.proto", "syntax = \"proto3\";\nimport \"a.proto\";"),
    ]);
    assert_mentions(&report, &["cycle", "a.proto", "b.proto"]);
}

#[test]
fn a_mistake_in_an_import_is_shown_there() {
    let report = report(&[
        ("a.proto", "syntax = \"proto3\";\nimport \"b.proto\";"),
        ("b.proto", "syntax = \"proto3\";\n\nmessage {}"),
    ]);
    assert_mentions(&report, &["b.proto:3:9"]);
}

#[test]
fn missing_input() {
    let compilation = compile::file("tests/no-such-file.proto".as_ref());
    let report = compilation.report(false);
    assert!(compilation.output().is_none());
    assert_mentions(&report, &["cannot read `tests/no-such-file.proto`"]);
}

#[test]
fn text_that_is_not_utf8() {
    let folder = compile::Folder::new();
    let path = folder.0.join("latin.proto");
    std::fs::write(&path, b"message A {} // \xe9").expect("a fresh folder can be written");
    let report = compile::file(&path).report(false);
    assert_mentions(&report, &["not utf-8 at byte 16"]);
}

#[test]
fn two_languages_in_one_file() {
    let compilation = Compiler::new().input("a.proto").input("b.thrift").compile();
    let report = compilation.report(false);
    assert_mentions(
        &report,
        &[
            "`a.proto` and `b.thrift`",
            "compile protobuf and Thrift apart",
        ],
    );
}

#[test]
fn two_files_of_one_name() {
    let folder = compile::Folder::new();
    for name in ["one", "two"] {
        std::fs::create_dir(folder.0.join(name)).expect("a fresh folder can be written");
        let path = folder.0.join(name).join("a.proto");
        let idl = format!("syntax = \"proto3\"; package {name};");
        std::fs::write(path, idl).expect("a fresh folder can be written");
    }
    let inputs = Compiler::new()
        .input(folder.0.join("one/a.proto"))
        .input(folder.0.join("two/a.proto"));
    assert_mentions(
        &inputs.compile().report(false),
        &["both be imported as `a.proto`", "`-I`"],
    );
    let compilation = inputs.include_dir(&folder.0).compile();
    compile::output(&compilation);
}

#[test]
fn streams_are_left_out_with_a_warning() {
    let idl = "syntax = \"proto3\";\nmessage A {}\nservice S {\n  rpc One(A) returns (A);\n  rpc Many(A) returns (stream A);\n}";
    let compilation = compile::files(&[("a.proto", idl)]);
    let output = compile::output(&compilation);
    assert!(output.contains("fn one"));
    assert!(!output.contains("fn many"));
    assert_mentions(
        &compilation.report(false),
        &["method `Many` is a stream", "a.proto:5:3"],
    );
}

#[test]
fn nothing_panics_on_a_broken_text() {
    let whole = include_str!("golden/legacy.proto");
    for end in (0..whole.len()).step_by(11) {
        compile::files(&[("test.proto", &whole[..end])]);
    }
    let words: Vec<&str> = whole.split_inclusive(char::is_whitespace).collect();
    for left_out in (0..words.len()).step_by(5) {
        let mut broken = words.clone();
        broken.remove(left_out);
        compile::files(&[("test.proto", &broken.concat())]);
    }
}
