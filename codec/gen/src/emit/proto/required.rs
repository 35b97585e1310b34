//! `check_required` of messages that have required fields, or have messages inside that do.

use super::decode::unit_result;
use super::layout::arm;
use super::message::member_name;
use crate::emit::code::Code;
use crate::emit::scope::Scope;
use crate::proto::analyze::{checks_required, field_checks};
use crate::proto::model::{Field, Label, Member, Message, Type};

pub(super) fn emit(code: &mut Code, scope: &Scope<'_>, message: &Message) {
    code.open_fn(
        "fn check_required",
        &["&self".to_owned()],
        &unit_result(scope),
    );
    let required: Vec<&Field> = message.required().collect();
    if let Some((last, others)) = required.split_last() {
        let name = message.full_name.rsplit('.').next().unwrap_or_default();
        code.open("self.unknown_fields.check_required(|index| match index {");
        for (index, field) in others.iter().enumerate() {
            let path = format!("\"{name}.{}\"", field.name);
            arm(code, &index.to_string(), &path);
        }
        arm(code, "_", &format!("\"{name}.{}\"", last.name));
        code.close("})?;");
    }
    for member in &message.members {
        inside(code, scope, member);
    }
    code.line(format!("{}(())", scope.std("Ok")));
    code.close("}");
}

/// The messages in a member, if they have required fields.
fn inside(code: &mut Code, scope: &Scope<'_>, member: &Member) {
    let (name, some) = (member_name(member), scope.std("Some"));
    let head = match member {
        Member::Field(field) if !field_checks(scope.program, field) => return,
        Member::Field(field) if matches!(field.ty, Type::Map(..)) => {
            format!("for (_, value) in &self.{name} {{")
        }
        Member::Field(field) if field.label == Label::Repeated => {
            format!("for value in &self.{name} {{")
        }
        Member::Field(_) => format!("if let {some}(value) = &self.{name} {{"),
        Member::Oneof(oneof) if !checks_required(scope.program, oneof.item) => return,
        Member::Oneof(_) => format!("if let {some}(value) = &self.{name} {{"),
    };
    let method_of = match member {
        Member::Field(_) => "Decode",
        Member::Oneof(_) => "Oneof",
    };
    scope.methods_of("::codec::protobuf", method_of);
    if !code.fits(&head) {
        code.skip_item();
    }
    code.open(head);
    code.line("value.check_required()?;");
    code.close("}");
}
