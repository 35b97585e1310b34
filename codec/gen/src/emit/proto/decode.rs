//! `Decode` of messages: one arm per tag, straight into the members.

use super::layout::{arm, assign, assigning_arm};
use super::required;
use super::types::{is_option, is_packable, packed_tag, tag};
use crate::emit::code::Code;
use crate::emit::scope::Scope;
use crate::ir::ItemKind;
use crate::names;
use crate::proto::model::{Field, Label, Member, Message, OneofMember, Type};

pub(super) fn emit_message(code: &mut Code, scope: &Scope<'_>, name: &str, message: &Message) {
    let decode = scope.outer("::codec::protobuf", "Decode");
    code.gap();
    code.open_impl("<'a>", &format!("{decode}<'a>"), &format!("{name}<'a>"));
    merge(code, scope, message);
    if message.checks_required {
        code.gap();
        required::emit(code, scope, message);
    }
    code.close("}");
}

/// `fn merge`, the loop over the tags.
fn merge(code: &mut Code, scope: &Scope<'_>, message: &Message) {
    let reader = scope.outer("::codec::protobuf", "Reader");
    let result = unit_result(scope);
    let parameters = ["&mut self".to_owned(), format!("r: &mut {reader}<'a>")];
    code.open_fn("fn merge", &parameters, &result);
    code.line("let unknown = &mut self.unknown_fields;");
    let required = message.required().count();
    if required > 0 {
        let ty = scope.outer("::codec::protobuf", "Required");
        let words = required.div_ceil(64);
        code.assign(
            "let mut required",
            &format!("{ty}::<{words}>::begin(r, unknown)"),
        );
    }
    code.open(format!(
        "while let {}(tag) = r.tag()? {{",
        scope.std("Some")
    ));
    code.open("match tag {");
    let bits = |field: &Field| {
        message
            .required()
            .position(|required| required.number == field.number)
    };
    for member in by_number(message) {
        match member {
            Member::Field(field) => {
                let arms = Arms {
                    scope,
                    field,
                    bit: bits(field),
                };
                arms.emit(code);
            }
            Member::Oneof(oneof) => oneof_arm(code, scope, oneof),
        }
    }
    code.line("_ if r.unknown(tag, unknown)? => {}");
    code.line("_ => break,");
    code.close("}");
    code.close("}");
    if required > 0 {
        code.line(format!("required.end({required}, r, unknown);"));
    }
    code.line(format!("{}(())", scope.std("Ok")));
    code.close("}");
}

/// The members in the order of their numbers; a oneof counts as its first.
pub(super) fn by_number(message: &Message) -> Vec<&Member> {
    let mut members: Vec<&Member> = message.members.iter().collect();
    members.sort_by_key(|member| match member {
        Member::Field(field) => field.number,
        Member::Oneof(oneof) => oneof.numbers.first().copied().unwrap_or(0),
    });
    members
}

/// `Result<(), DecodeError>`.
pub(super) fn unit_result(scope: &Scope<'_>) -> String {
    let error = scope.outer("::codec", "DecodeError");
    format!("{}<(), {error}>", scope.std("Result"))
}

fn oneof_arm(code: &mut Code, scope: &Scope<'_>, oneof: &OneofMember) {
    let ItemKind::ProtoOneof(item) = &scope.program.item(oneof.item).kind else {
        return;
    };
    let tags: Vec<String> = item
        .fields
        .iter()
        .map(|field| tag(field).to_string())
        .collect();
    let name = names::escape(&oneof.rust);
    arm(
        code,
        &tags.join(" | "),
        &format!("r.oneof(tag, &mut self.{name}, unknown)?"),
    );
}

/// The arms of one field.
struct Arms<'a> {
    scope: &'a Scope<'a>,
    field: &'a Field,
    /// The index among the required fields.
    bit: Option<usize>,
}

impl Arms<'_> {
    fn emit(&self, code: &mut Code) {
        let field = self.field;
        let member = format!("self.{}", names::escape(&field.rust));
        let slot = format!("&mut {member}");
        match field.label {
            Label::Packed | Label::Repeated => self.repeated(code, &slot),
            _ if field.ty.is_message() => {
                let read = match field.ty {
                    Type::Group(_) => format!("r.group({}, {slot})?", field.number),
                    _ => format!("r.message({slot})?"),
                };
                self.arm(code, &read);
            }
            _ if self.scope.is_closed(&field.ty) => self.closed(code, &member),
            _ => {
                let mut read = format!("r.read::<{}>()?", self.scope.wire(&field.ty));
                if is_option(field) {
                    read = format!("{}({read})", self.scope.std("Some"));
                }
                self.assigning_arm(code, &member, &read);
            }
        }
    }

    fn arm(&self, code: &mut Code, read: &str) {
        let tag = tag(self.field).to_string();
        if self.bit.is_none() {
            return arm(code, &tag, read);
        }
        code.open(format!("{tag} => {{"));
        code.line(format!("{read};"));
        self.seen(code);
        code.close("}");
    }

    fn assigning_arm(&self, code: &mut Code, member: &str, read: &str) {
        let tag = tag(self.field).to_string();
        if self.bit.is_none() {
            return assigning_arm(code, &tag, member, read);
        }
        code.open(format!("{tag} => {{"));
        assign(code, member, read);
        self.seen(code);
        code.close("}");
    }

    /// Sets the bit of a required field.
    fn seen(&self, code: &mut Code) {
        if let Some(bit) = self.bit {
            code.line(format!("required.set({bit});"));
        }
    }

    fn closed(&self, code: &mut Code, member: &str) {
        let some = self.scope.std("Some");
        code.open(format!("{} => {{", tag(self.field)));
        code.open(format!("if let {some}(value) = r.closed(tag, unknown)? {{"));
        if is_option(self.field) {
            code.line(format!("{member} = {some}(value);"));
        } else {
            code.line(format!("{member} = value;"));
        }
        self.seen(code);
        code.close("}");
        code.close("}");
    }

    fn repeated(&self, code: &mut Code, slot: &str) {
        let (field, scope) = (self.field, self.scope);
        match &field.ty {
            Type::Map(key, value) if scope.is_closed(value) => {
                let key = scope.wire(key);
                self.arm(
                    code,
                    &format!("r.closed_map::<{key}, _>(tag, {slot}, unknown)?"),
                );
            }
            Type::Map(key, value) => {
                let (key, value) = (scope.wire(key), scope.wire(value));
                self.arm(code, &format!("r.map::<{key}, {value}>({slot})?"));
            }
            Type::Group(_) => self.arm(code, &format!("r.groups({}, {slot})?", field.number)),
            Type::Message(_) => self.arm(code, &format!("r.messages({slot})?")),
            ty if scope.is_closed(ty) => {
                self.arm(code, &format!("r.closed_repeated(tag, {slot}, unknown)?"));
                arm(
                    code,
                    &packed_tag(field).to_string(),
                    &format!("r.closed_packed(tag, {slot}, unknown)?"),
                );
            }
            ty => {
                let wire = scope.wire(ty);
                self.arm(code, &format!("r.repeated::<{wire}>({slot})?"));
                if is_packable(ty) {
                    let packed = format!("r.packed::<{wire}>({slot})?");
                    arm(code, &packed_tag(field).to_string(), &packed);
                }
            }
        }
    }
}
