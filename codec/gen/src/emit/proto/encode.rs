//! `Encode` of messages: one statement per member, in the order of numbers.

use super::decode::by_number;
use super::message::member_name;
use super::types::{is_option, packed_tag, tag};
use crate::emit::code::{Code, width};
use crate::emit::scope::Scope;
use crate::proto::model::{Field, Label, Member, Message, Type};

pub(super) fn emit_message(code: &mut Code, scope: &Scope<'_>, name: &str, message: &Message) {
    open(code, scope, &format!("{name}<'_>"));
    for member in by_number(message) {
        let name = format!("self.{}", member_name(member));
        match member {
            Member::Field(field) => member_field(code, scope, field, &name),
            Member::Oneof(_) => code.line(format!("s.oneof(&{name});")),
        }
    }
    code.line("s.unknown(&self.unknown_fields);");
    code.close("}");
    code.close("}");
}

/// `impl Encode for …` up to the body of its function.
pub(super) fn open(code: &mut Code, scope: &Scope<'_>, ty: &str) {
    let encode = scope.outer("::codec::protobuf", "Encode");
    let sink = scope.outer("::codec::protobuf", "Sink");
    code.gap();
    code.open_impl("", &encode, ty);
    code.open(format!("fn encode<S: {sink}>(&self, s: &mut S) {{"));
}

fn member_field(code: &mut Code, scope: &Scope<'_>, field: &Field, name: &str) {
    let tag = if field.label == Label::Packed {
        packed_tag(field)
    } else {
        tag(field)
    };
    let is_repeated = matches!(field.label, Label::Packed | Label::Repeated);
    let verb = match &field.ty {
        Type::Map(key, value) => format!("map::<{}, {}>", scope.wire(key), scope.wire(value)),
        Type::Group(_) if is_repeated => "groups".to_owned(),
        Type::Group(_) => "group".to_owned(),
        Type::Message(_) if is_repeated => "messages".to_owned(),
        Type::Message(_) => "message".to_owned(),
        ty => {
            let verb = match field.label {
                Label::Packed => "packed",
                Label::Repeated => "repeated",
                _ if is_option(field) => "optional",
                Label::Required => "field",
                _ => "implicit",
            };
            format!("{verb}::<{}>", scope.wire(ty))
        }
    };
    statement(
        code,
        &format!("s.{verb}"),
        &[tag.to_string(), format!("&{name}")],
    );
}

/// A call whose arguments are simple: rustfmt keeps short ones on one line even where that is a line of their own.
fn statement(code: &mut Code, head: &str, arguments: &[String]) {
    let inside = arguments.join(", ");
    let is_short = arguments
        .iter()
        .all(|argument| width(argument) <= SHORT_WIDTH_MAX);
    if !is_short || code.fits_as_statement(&format!("{head}({inside});")) {
        return code.call(head, arguments, ";");
    }
    code.open(format!("{head}("));
    code.line(format!("{inside},"));
    code.close(");");
}

/// rustfmt's `short_array_element_width_threshold`, which counts for arguments as well.
const SHORT_WIDTH_MAX: usize = 10;
