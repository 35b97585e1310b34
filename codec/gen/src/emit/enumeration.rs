//! Enums: an open newtype over the number, with a constant for each name.
//!
//! A peer with a newer IDL may send a number that has no name here; it is kept and sent on. Printing shows the name.

use super::code::Code;
use super::doc;
use super::scope::Scope;
use crate::ir::{Enum, EnumValue, Item};
use crate::names;

pub(super) fn emit(code: &mut Code, scope: &Scope<'_>, item: &Item, values: &Enum) {
    newtype(code, scope, item, values, 0);
    code_traits(code, scope, &names::escape(&item.rust));
}

/// All but what the codec needs; `default` is the number of the default value.
pub(super) fn newtype(
    code: &mut Code,
    scope: &Scope<'_>,
    item: &Item,
    values: &Enum,
    default: i32,
) {
    let name = names::escape(&item.rust);
    let fallback = format!("Enum `{}`.", item.name);
    doc::emit(
        code,
        item.doc.as_deref(),
        &fallback,
        item.deprecated.as_deref(),
    );
    let derived = if default == 0 { "Default, " } else { "" };
    code.line(format!(
        "#[derive(Clone, Copy, {derived}PartialEq, Eq, PartialOrd, Ord, Hash)]"
    ));
    code.line(format!("pub struct {name}("));
    code.line("    /// The number on the wire.");
    code.line("    pub i32,");
    code.line(");");
    constants(code, scope, &name, values);
    printing(code, scope, &name, item);
    conversions(code, scope, &name, values);
    if default != 0 {
        code.gap();
        code.open_impl("", &scope.std("Default"), &name);
        code.open("fn default() -> Self {");
        code.line(format!("Self({default})"));
        code.close("}");
        code.close("}");
    }
}

/// The values to which a name leads first; later names of the same number are only constants.
fn distinct(values: &Enum) -> impl Iterator<Item = &EnumValue> {
    values
        .values
        .iter()
        .enumerate()
        .filter_map(|(index, value)| {
            let earlier = &values.values[..index];
            (!earlier.iter().any(|other| other.number == value.number)).then_some(value)
        })
}

fn constants(code: &mut Code, scope: &Scope<'_>, name: &str, values: &Enum) {
    let (option, some, none) = (scope.std("Option"), scope.std("Some"), scope.std("None"));
    code.gap();
    code.open_item(&format!("impl {name} {{"));
    for value in &values.values {
        code.gap();
        let fallback = format!("`{}`, {}.", value.name, value.number);
        doc::emit(code, value.doc.as_deref(), &fallback, None);
        let left = format!("pub const {}: Self", names::escape(&value.rust));
        code.assign(&left, &format!("Self({})", value.number));
    }
    code.gap();
    code.doc("The name in the IDL; `None` for a number without one.");
    code.open(format!(
        "pub const fn name(self) -> {option}<&'static str> {{"
    ));
    if values.values.is_empty() {
        code.line(none);
    } else {
        code.open("match self.0 {");
        for value in distinct(values) {
            code.arm(
                &value.number.to_string(),
                &format!("{some}({:?})", value.name),
            );
        }
        code.line(format!("_ => {none},"));
        code.close("}");
    }
    code.close("}");
    code.close("}");
}

fn printing(code: &mut Code, scope: &Scope<'_>, name: &str, item: &Item) {
    let some = scope.std("Some");
    let none = scope.std("None");
    for (what, unnamed) in [
        (
            "Debug",
            format!("write!(f, \"{}({{}})\", self.0)", item.name),
        ),
        ("Display", "write!(f, \"{}\", self.0)".to_owned()),
    ] {
        code.gap();
        code.open_impl("", &format!("::core::fmt::{what}"), name);
        code.open("fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {");
        code.open("match self.name() {");
        code.line(format!("{some}(name) => f.write_str(name),"));
        code.statement(&format!("{none} => {unnamed},"));
        code.close("}");
        code.close("}");
        code.close("}");
    }
}

fn conversions(code: &mut Code, scope: &Scope<'_>, name: &str, values: &Enum) {
    let (ok, err) = (scope.std("Ok"), scope.std("Err"));
    let (result, some, none) = (scope.std("Result"), scope.std("Some"), scope.std("None"));
    let unknown = scope.outer("::codec", "UnknownName");
    code.gap();
    code.open_impl("", &format!("{}<i32>", scope.std("TryFrom")), name);
    code.line("type Error = i32;");
    code.line("");
    code.doc("The value of a number that has a name; else the number is the error.");
    code.open(format!(
        "fn try_from(number: i32) -> {result}<Self, i32> {{"
    ));
    code.open("match Self(number).name() {");
    code.line(format!("{some}(_) => {ok}(Self(number)),"));
    code.line(format!("{none} => {err}(number),"));
    code.close("}");
    code.close("}");
    code.close("}");
    code.gap();
    code.open_impl("", "::core::str::FromStr", name);
    code.line(format!("type Err = {unknown};"));
    code.line("");
    code.open(format!(
        "fn from_str(name: &str) -> {result}<Self, {unknown}> {{"
    ));
    if values.values.is_empty() {
        code.line("let _ = name;");
        code.line(format!("{err}({unknown})"));
    } else {
        code.open("match name {");
        for value in &values.values {
            let known = format!("{ok}(Self::{})", names::escape(&value.rust));
            code.arm(&format!("{:?}", value.name), &known);
        }
        code.line(format!("_ => {err}({unknown}),"));
        code.close("}");
    }
    code.close("}");
    code.close("}");
}

fn code_traits(code: &mut Code, scope: &Scope<'_>, name: &str) {
    let decode = scope.outer("::codec::thrift", "Decode");
    let encode = scope.outer("::codec::thrift", "Encode");
    let kind = scope.outer("::codec::thrift", "Kind");
    let (reader, writer) = (
        scope.outer("::codec::thrift", "Reader"),
        scope.outer("::codec::thrift", "Writer"),
    );
    let error = scope.outer("::codec", "DecodeError");
    let result = scope.std("Result");
    code.gap();
    code.open_impl("<'a>", &format!("{decode}<'a>"), name);
    code.line(format!("const KIND: {kind} = {kind}::I32;"));
    code.line("");
    let head = format!("fn decode<R: {reader}<'a>>");
    code.open_fn(
        &head,
        &["r: &mut R".to_owned()],
        &format!("{result}<Self, {error}>"),
    );
    code.line("r.i32().map(Self)");
    code.close("}");
    code.close("}");
    code.gap();
    code.open_impl("", &encode, name);
    code.line(format!("const KIND: {kind} = {kind}::I32;"));
    code.line("");
    code.open(format!("fn encode<W: {writer}>(&self, w: &mut W) {{"));
    code.line("w.i32(self.0);");
    code.close("}");
    code.close("}");
    super::owned::own_itself(code, scope, name);
}
