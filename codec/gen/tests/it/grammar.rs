//! What the grammar takes beyond the golden files.

use crate::compile;

/// The IDL compiles without any report, and its output has this piece.
#[track_caller]
fn check(idl: &str, piece: &str) {
    let compilation = compile::text(idl);
    assert_eq!(compilation.report(false), "");
    let output = compile::output(&compilation);
    assert!(output.contains(piece), "no `{piece}` in\n{output}");
}

#[test]
fn the_module_is_named_by_the_best_namespace() {
    check("struct A {}", "pub mod test {");
    check(
        "namespace go a.b\nnamespace java c\nstruct A {}",
        "pub mod a {",
    );
    check("namespace go a\nnamespace * b\nstruct A {}", "pub mod b {");
    check(
        "namespace go a\nnamespace * b\nnamespace rs c\nstruct A {}",
        "pub mod c {",
    );
    check(
        "namespace rs com.HTTPServer\nstruct A {}",
        "    pub mod http_server {",
    );
    check("namespace rs match\nstruct A {}", "pub mod r#match {");
    check(
        "namespace rs 'quoted.name'\nstruct A {}",
        "pub mod quoted {",
    );
}

#[test]
fn files_of_one_namespace_share_a_module() {
    let compilation = compile::files(&[
        (
            "main.thrift",
            "namespace rs a\ninclude \"other.thrift\"\nstruct M { 1: other.O o }",
        ),
        ("other.thrift", "namespace rs a\nstruct O {}"),
    ]);
    let output = compile::output(&compilation);
    assert_eq!(output.matches("pub mod").count(), 1);
    assert!(output.contains("pub o: O,"));
}

#[test]
fn equal_names_in_a_shared_module_are_told_apart() {
    let compilation = compile::files(&[
        (
            "main.thrift",
            "namespace rs a\ninclude \"other.thrift\"\nstruct T { 1: other.T t }",
        ),
        ("other.thrift", "namespace rs a\nstruct T {}"),
    ]);
    let report = compilation.report(false);
    assert!(
        report.contains("`T` is defined in two files of one namespace"),
        "{report}"
    );
    let output = compile::output(&compilation);
    assert!(
        output.contains("pub struct T {\n") && output.contains("pub struct T_ {}"),
        "{output}"
    );
}

#[test]
fn modules_reach_each_other() {
    let compilation = compile::files(&[
        (
            "main.thrift",
            "namespace rs a.b.c\ninclude \"other.thrift\"\nstruct M { 1: other.O o }",
        ),
        ("other.thrift", "namespace rs a.d\nstruct O {}"),
    ]);
    assert!(compile::output(&compilation).contains("pub o: super::super::d::O,"));
}

#[test]
fn a_file_name_with_dots_is_a_prefix() {
    let compilation = compile::files(&[
        (
            "main.thrift",
            "include \"v1.common.thrift\"\nstruct M { 1: v1.common.O o }",
        ),
        ("v1.common.thrift", "struct O {}"),
    ]);
    compile::output(&compilation);
}

#[test]
fn included_files_of_included_files_are_not_visible() {
    let compilation = compile::files(&[
        ("main.thrift", "include 'a.thrift'\nstruct M { 1: b.B b }"),
        ("a.thrift", "include 'b.thrift'"),
        ("b.thrift", "struct B {}"),
    ]);
    assert!(
        compilation
            .report(false)
            .contains("type `b.B` is not defined")
    );
}

#[test]
fn a_type_named_uuid_is_not_the_built_in_one() {
    check(
        "struct uuid { 1: i32 a }\nstruct A { 1: required uuid b }",
        "pub b: Uuid,",
    );
    check("struct A { 1: required uuid b }", "pub b: [u8; 16],");
}

#[test]
fn marks_and_line_ends_do_not_matter() {
    check(
        "\u{feff}struct A { 1: i32 a }\r\n\r\nstruct B {\r\n 1: A b;\r\n}",
        "pub b: A,",
    );
    check(
        "struct A{1:i32 a;2:i32 b,3:i32 c}enum B{C;D,E}",
        "pub c: i32,",
    );
    check("", "do not edit");
}

#[test]
fn numbers_in_every_form() {
    check("const i32 A = +5", "A: i32 = 5;");
    check("const i32 A = 007", "A: i32 = 7;");
    check("const i64 A = -0xFF", "A: i64 = -255;");
    check("const double A = .5", "A: f64 = 0.5;");
    check("const double A = -1E+3", "A: f64 = -1000.0;");
    check(
        "const i64 A = -9223372036854775808",
        "A: i64 = -9223372036854775808;",
    );
}

#[test]
fn literals_keep_their_text() {
    check(
        r#"const string A = 'it''s'"#.replace("''", "\\'").as_str(),
        r#"A: &str = "it's";"#,
    );
    check(r#"const string A = "tab\t" "#, r#"A: &str = "tab\t";"#);
    check("const string A = \"größer\"", "A: &str = \"größer\";");
}

/// With a warning, which `tests/errors/warnings.txt` shows.
#[test]
fn a_literal_may_have_several_lines() {
    let compilation = compile::text("const string A = 'one\n\"two'\n");
    let output = compile::output(&compilation);
    assert!(output.contains(r#"A: &str = "one\n\"two";"#), "{output}");
}
