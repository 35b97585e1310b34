//! `Decode` and `Encode` of structs.
//!
//! Decoding keeps each field in a local variable until the end of the struct, so fields may come in any order and a missing
//! one is known. First each field is asked for in the order of the IDL, which is how peers send them: that halves the time
//! of small structs against the loop, which takes whatever is left. There a field that is unknown, or of another kind than
//! declared, is skipped.
//!
//! The local variable of a text is a reference, not a `Str`. That one has to be dropped when a later field is wrong, by a call
//! with its address, so it would lie in memory until it is moved into the struct; a reference stays in registers.

use std::collections::BTreeSet;

use super::code::Code;
use super::message::{Shape, has_large_default, initial_value, is_struct};
use super::scope::Scope;
use super::types::Lifetime;
use crate::ir::{Field, Presence, Type};
use crate::names;

impl Shape<'_> {
    pub(super) fn decode(&self, code: &mut Code, scope: &Scope<'_>) {
        let locals = Locals::new(self.fields);
        let (r, head) = (&locals.stream, &locals.field);
        open_decode(code, scope, &self.ty(Lifetime::Named), r, self.is_small());
        for field in self.fields {
            let initial = if is_optional(scope, field) {
                scope.std("None")
            } else {
                initial_value(scope, field)
            };
            code.assign(&format!("let mut {}", names::escape(&field.rust)), &initial);
        }
        code.line(format!("{r}.struct_begin()?;"));
        for field in self.fields.iter().take(ORDERED_MAX) {
            code.statement(&format!(
                "if {r}.take_field({}, {}) {{",
                scope.kind(&field.ty),
                field.id
            ));
            code.deeper();
            code.assign(
                &names::escape(&field.rust),
                &read_into_local(scope, field, r),
            );
            code.close("}");
        }
        let some = scope.std("Some");
        code.open(format!("while let {some}({head}) = {r}.field()? {{"));
        if self.fields.is_empty() {
            code.line(format!("{r}.skip({head}.kind)?;"));
        } else {
            code.open(format!("match ({head}.id, {head}.kind) {{"));
            for field in self.fields {
                decode_arm(code, scope, field, r);
            }
            code.line(format!("_ => {r}.skip({head}.kind)?,"));
            code.close("}");
        }
        code.close("}");
        code.line(format!("{r}.struct_end();"));
        let ok = scope.std("Ok");
        let members: Vec<String> = self
            .fields
            .iter()
            .map(|field| self.decoded(code, scope, field))
            .collect();
        code.literal(&format!("{ok}(Self "), &members, ")");
        code.close("}");
        code.close("}");
    }

    /// Whether decoding is worth a copy wherever it is called: then an element of a list is read in place instead of being moved
    /// there, which halves its time.
    fn is_small(&self) -> bool {
        self.fields.len() <= SMALL_FIELDS_MAX && !self.is_recursive
    }

    /// `name` or `name: expression` for the literal; what is too wide for that becomes a statement before it.
    fn decoded(&self, code: &mut Code, scope: &Scope<'_>, field: &Field) -> String {
        let name = names::escape(&field.rust);
        if field.presence == Presence::Required {
            let full_name = format!("{}.{}", self.idl_name, field.name);
            expect(code, scope, &name, "missing_field", &full_name);
        } else if has_large_default(field) {
            let default = format!("Self::default_{}", field.rust);
            let value = match field.presence {
                Presence::Optional => {
                    let some = scope.std("Some");
                    format!(
                        "{name}.or_else(|| {some}({}))",
                        boxed(scope, field, &format!("{default}()"))
                    )
                }
                _ => format!("{name}.unwrap_or_else({default})"),
            };
            code.assign(&format!("let {name}"), &value);
        } else if is_optional(scope, field) && field.presence == Presence::Implicit {
            let default = format!("{name}.unwrap_or_default()");
            let member = format!("{name}: {default}");
            if fits_deeper(code, &member) {
                return member;
            }
            code.assign(&format!("let {name}"), &default);
        }
        let value = match borrowed(scope, field) {
            Some(Borrowed::Text) => scope.outer("::codec", "Str"),
            Some(Borrowed::Bytes) => scope.outer("::codec", "Bin"),
            None => return name,
        };
        let value = match field.presence {
            Presence::Optional => format!("{name}.map({value}::Borrowed)"),
            _ => format!("{value}::Borrowed({name})"),
        };
        let member = format!("{name}: {value}");
        if fits_deeper(code, &member) {
            return member;
        }
        code.assign(&format!("let {name}"), &value);
        name
    }

    pub(super) fn encode(&self, code: &mut Code, scope: &Scope<'_>) {
        open_encode(code, scope, &self.ty(Lifetime::Elided), "w");
        code.line("w.struct_begin();");
        for field in self.fields {
            let name = format!("self.{}", names::escape(&field.rust));
            let typed_id = (&field.ty, field.id);
            if field.presence == Presence::Optional {
                let some = scope.std("Some");
                code.statement(&format!("if let {some}(value) = &{name} {{"));
                code.deeper();
                scope.write_field(code, typed_id, "value", true);
                code.close("}");
            } else {
                scope.write_field(code, typed_id, &name, false);
            }
        }
        code.line("w.struct_end();");
        code.close("}");
        code.close("}");
    }
}

/// Whether the local variable of the field is an option, even where the field is not.
fn is_optional(scope: &Scope<'_>, field: &Field) -> bool {
    match (field.presence, &field.default) {
        (Presence::Required, _) | (Presence::Optional, None) => true,
        (Presence::Implicit, None) => is_struct(scope, field),
        (Presence::Implicit | Presence::Optional, Some(_)) => has_large_default(field),
    }
}

fn decode_arm(code: &mut Code, scope: &Scope<'_>, field: &Field, r: &str) {
    let pattern = format!("({}, {})", field.id, scope.kind(&field.ty));
    code.assigning_arm(
        &pattern,
        &names::escape(&field.rust),
        &read_into_local(scope, field, r),
    );
}

/// The expression that reads a field for its local variable.
fn read_into_local(scope: &Scope<'_>, field: &Field, r: &str) -> String {
    let read = match borrowed(scope, field) {
        Some(Borrowed::Text) => format!("{r}.string()?"),
        Some(Borrowed::Bytes) => format!("{r}.binary()?"),
        None => scope.read(&field.ty, field.boxed, r),
    };
    if is_optional(scope, field) || field.presence == Presence::Optional {
        format!("{}({read})", scope.std("Some"))
    } else {
        read
    }
}

/// What the local variable of a field refers to, where the field itself is a `Str` or a `Bin`.
enum Borrowed {
    Text,
    Bytes,
}

fn borrowed(scope: &Scope<'_>, field: &Field) -> Option<Borrowed> {
    match scope.program.resolve(&field.ty) {
        Type::String if field.default.is_none() => Some(Borrowed::Text),
        Type::Binary if field.default.is_none() => Some(Borrowed::Bytes),
        _ => None,
    }
}

/// Whether a member fits into the literal that closes the function.
fn fits_deeper(code: &mut Code, member: &str) -> bool {
    code.deeper();
    let fits = code.fits_as_member(member);
    code.shallower();
    fits
}

/// `let Some(name) = name else { return Err(DecodeError::WHAT("FULL_NAME")) };`
pub(super) fn expect(code: &mut Code, scope: &Scope<'_>, name: &str, what: &str, full_name: &str) {
    let some = scope.std("Some");
    let line = format!("let {some}({name}) = {name}");
    // rustfmt keeps a column free here.
    if code.fits(&format!("{line} else {{ ")) {
        code.open(format!("{line} else {{"));
    } else {
        if !code.fits(&line) {
            code.skip_item();
        }
        code.line(line);
        code.open("else {");
    }
    fail(code, scope, what, full_name);
    code.close("};");
}

/// `return Err(DecodeError::WHAT("NAME"));`, the name in a constant when too wide.
pub(super) fn fail(code: &mut Code, scope: &Scope<'_>, what: &str, name: &str) {
    let (err, error) = (scope.std("Err"), scope.outer("::codec", "DecodeError"));
    let line = format!("return {err}({error}::{what}({name:?}));");
    // rustfmt keeps a column free here, too.
    if code.fits_as_statement(&format!("{line} ")) {
        return code.line(line);
    }
    code.assign("const NAME: &str", &format!("{name:?}"));
    code.statement(&format!("return {err}({error}::{what}(NAME));"));
}

/// The value in a box, if the field is boxed.
pub(super) fn boxed(scope: &Scope<'_>, field: &Field, value: &str) -> String {
    if field.boxed {
        format!("{}::new({value})", scope.std("Box"))
    } else {
        value.to_owned()
    }
}

/// `impl Decode for …` up to the body of its function.
pub(super) fn open_decode(code: &mut Code, scope: &Scope<'_>, ty: &str, r: &str, is_small: bool) {
    let decode = scope.outer("::codec::thrift", "Decode");
    let reader = scope.outer("::codec::thrift", "Reader");
    let error = scope.outer("::codec", "DecodeError");
    let result = scope.std("Result");
    code.gap();
    code.open_impl("<'a>", &format!("{decode}<'a>"), ty);
    if is_small {
        code.line("#[inline(always)]");
    }
    let head = format!("fn decode<R: {reader}<'a>>");
    code.open_fn(
        &head,
        &[format!("{r}: &mut R")],
        &format!("{result}<Self, {error}>"),
    );
}

/// `impl Encode for …` up to the body of its function.
pub(super) fn open_encode(code: &mut Code, scope: &Scope<'_>, ty: &str, w: &str) {
    let encode = scope.outer("::codec::thrift", "Encode");
    let writer = scope.outer("::codec::thrift", "Writer");
    code.gap();
    code.open_impl("", &encode, ty);
    code.line("#[inline]");
    code.open(format!("fn encode<W: {writer}>(&self, {w}: &mut W) {{"));
}

/// Names of a function's own variables that no field has.
struct Locals {
    stream: String,
    field: String,
}

impl Locals {
    fn new(fields: &[Field]) -> Locals {
        let mut taken: BTreeSet<String> = fields.iter().map(|field| field.rust.clone()).collect();
        Locals {
            stream: names::fresh("r", &mut taken),
            field: names::fresh("field", &mut taken),
        }
    }
}

/// Fields that are asked for in order. More would make structs of hundreds of fields, few of them set, slower and larger.
const ORDERED_MAX: usize = 32;

/// Fields of a struct whose decoding is inlined.
const SMALL_FIELDS_MAX: usize = 4;
