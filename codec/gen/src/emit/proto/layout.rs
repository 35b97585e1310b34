//! Arms and assignments whose values end with `?`: rustfmt wants room for two characters more behind it.

use crate::emit::code::Code;

/// `PATTERN => NAME = VALUE,`, in a block of its own when too wide.
pub(super) fn assigning_arm(code: &mut Code, pattern: &str, name: &str, value: &str) {
    if fits_in_arm(code, pattern, &format!("{name} = {value}")) {
        return code.line(format!("{pattern} => {name} = {value},"));
    }
    code.open(format!("{pattern} => {{"));
    assign(code, name, value);
    code.close("}");
}

/// `NAME = VALUE;`, the value on the next line when too wide.
pub(super) fn assign(code: &mut Code, name: &str, value: &str) {
    if !value.ends_with('?') || code.fits_as_statement(&format!("{name} = {value};  ")) {
        return code.assign(name, value);
    }
    code.open(format!("{name} ="));
    if !code.fits_as_statement(&format!("{value};  ")) {
        code.skip_item();
    }
    code.line(format!("{value};"));
    code.shallower();
}

/// `PATTERN => EXPRESSION,`, in a block of its own when too wide.
pub(super) fn arm(code: &mut Code, pattern: &str, expression: &str) {
    if fits_in_arm(code, pattern, expression) {
        return code.line(format!("{pattern} => {expression},"));
    }
    let head = format!("{pattern} => {{");
    if !code.fits_as_statement(&head) {
        code.skip_item();
    }
    code.open(head);
    if !code.fits_as_statement(&format!("{expression}  ")) {
        code.skip_item();
    }
    code.line(expression);
    code.close("}");
}

/// Whether rustfmt leaves an arm on its line.
fn fits_in_arm(code: &Code, pattern: &str, expression: &str) -> bool {
    let more = if expression.ends_with('?') { "  " } else { "" };
    code.fits_as_statement(&format!("{pattern} => {expression},{more}"))
}
