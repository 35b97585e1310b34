//! The output for the IDLs in `tests/golden`, byte by byte. `UPDATE_GOLDEN=1` accepts what is generated now.

use crate::compile;

#[test]
fn output_is_as_checked_in() {
    for path in compile::cases("golden", "thrift") {
        let compilation = compile::file(&path);
        compile::assert_golden(&path.with_extension("rs"), compile::output(&compilation));
    }
}

#[test]
fn rustfmt_changes_nothing() {
    for path in compile::cases("golden", "thrift") {
        let compilation = compile::file(&path);
        compile::assert_formatted(compile::output(&compilation), &path.display());
    }
}
