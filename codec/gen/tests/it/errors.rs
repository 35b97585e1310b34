//! Reports for broken IDLs: place, caret, cause and hint, and all mistakes of a file in one run.

use crate::compile;

#[test]
fn reports_are_as_checked_in() {
    for path in compile::cases("errors", "thrift") {
        let compilation = compile::file(&path);
        let report = compilation.report(false);
        assert!(
            compilation.diagnostics().iter().count() > 0,
            "{} has nothing to report",
            path.display()
        );
        let only_warnings = path
            .file_stem()
            .is_some_and(|stem| stem.to_string_lossy().starts_with("warn"));
        assert_eq!(compilation.output().is_some(), only_warnings, "{report}");
        compile::assert_golden(&path.with_extension("txt"), &report);
    }
}

#[test]
fn a_missing_input_is_an_error() {
    let compilation = compile::file("tests/no-such-file.thrift".as_ref());
    assert!(compilation.output().is_none());
    assert!(compilation.report(false).contains("no such file"));
}

#[test]
fn text_that_is_not_utf8_is_an_error() {
    let folder = compile::Folder::new();
    let path = folder.0.join("latin.thrift");
    std::fs::write(&path, b"struct A {} // \xe9").expect("a fresh folder can be written");
    let report = compile::file(&path).report(false);
    assert!(report.contains("not utf-8 at byte 15"), "{report}");
}

#[test]
fn nothing_panics_on_a_broken_text() {
    let whole = include_str!("../golden/service.thrift").replace("include \"shared.thrift\"", "")
        + include_str!("../golden/types.thrift")
        + include_str!("../golden/old.thrift");
    for end in (0..whole.len())
        .filter(|end| whole.is_char_boundary(*end))
        .step_by(7)
    {
        compile::text(&whole[..end]);
    }
    let words: Vec<&str> = whole.split_inclusive(char::is_whitespace).collect();
    for left_out in (0..words.len()).step_by(3) {
        let mut broken = words.clone();
        broken.remove(left_out);
        compile::text(&broken.concat());
    }
}

#[test]
fn deep_nesting_is_refused() {
    let idl = format!(
        "struct A {{ 1: {}i32{} a }}",
        "list<".repeat(9999),
        ">".repeat(9999)
    );
    let compilation = compile::text(&idl);
    assert!(compilation.report(false).contains("nesting is deeper than"));
    let idl = format!(
        "const list<i32> A = {}{}",
        "[".repeat(9999),
        "]".repeat(9999)
    );
    assert!(compile::text(&idl).output().is_none());
}
