//! Messages: a struct with the fields as members, and what the message does not know as the last one.

use super::types::is_option;
use super::{decode, encode};
use crate::emit::code::Code;
use crate::emit::scope::Scope;
use crate::emit::types::Lifetime;
use crate::emit::{doc, owned};
use crate::ir::{ItemId, ItemKind};
use crate::names;
use crate::proto::model::{Default, Field, Label, Member, Message, OneofMember, Type};

pub(in crate::emit) fn emit(code: &mut Code, scope: &Scope<'_>, id: ItemId, message: &Message) {
    let item = scope.program.item(id);
    doc::emit(
        code,
        item.doc.as_deref(),
        &format!("Message `{}`.", message.full_name),
        item.deprecated.as_deref(),
    );
    let name = names::escape(&item.rust);
    definition(code, scope, &name, message);
    if has_own_default(message) {
        default(code, scope, &name, message);
    }
    or_default(code, scope, &name, message);
    own(code, scope, &name, message);
    decode::emit_message(code, scope, &name, message);
    encode::emit_message(code, scope, &name, message);
}

/// The Rust name of a member, escaped.
pub(super) fn member_name(member: &Member) -> String {
    names::escape(match member {
        Member::Field(field) => &field.rust,
        Member::Oneof(oneof) => &oneof.rust,
    })
}

fn definition(code: &mut Code, scope: &Scope<'_>, name: &str, message: &Message) {
    let default = if has_own_default(message) {
        ""
    } else {
        "Default, "
    };
    code.line(format!("#[derive(Clone, Debug, {default}PartialEq)]"));
    code.open(format!("pub struct {name}<'a> {{"));
    for member in &message.members {
        let ty = match member {
            Member::Field(field) => {
                field_doc(code, field);
                scope.proto_member(field, Lifetime::Named)
            }
            Member::Oneof(oneof) => {
                let fallback = oneof_doc(oneof);
                doc::emit(code, oneof.doc.as_deref(), &fallback, None);
                let ty = scope.item_type(oneof.item, Lifetime::Named);
                format!("{}<{ty}>", scope.std("Option"))
            }
        };
        code.typed(&format!("pub {}", member_name(member)), ":", &ty, ",");
    }
    code.doc("The fields that this IDL does not know; they are sent on.");
    let unknown = scope.outer("::codec::protobuf", "UnknownFields");
    code.line(format!("pub unknown_fields: {unknown}<'a>,"));
    code.close("}");
}

/// The documentation of a field or variant.
pub(super) fn field_doc(code: &mut Code, field: &Field) {
    let fallback = format!("Field {}, `{}`.", field.number, field.name);
    let deprecated = field.deprecated.as_deref();
    doc::emit(code, field.doc.as_deref(), &fallback, deprecated);
}

fn oneof_doc(oneof: &OneofMember) -> String {
    let numbers: Vec<String> = oneof.numbers.iter().map(u32::to_string).collect();
    format!("One of the fields {}, or none.", numbers.join(", "))
}

/// Whether a plain member starts with another value than its type's default.
fn has_own_default(message: &Message) -> bool {
    message
        .required()
        .any(|field| field.default.is_some() && !is_option(field))
}

fn default(code: &mut Code, scope: &Scope<'_>, name: &str, message: &Message) {
    let default = scope.std("Default");
    code.gap();
    code.open_impl("", &default, &format!("{name}<'_>"));
    code.open("fn default() -> Self {");
    let mut members: Vec<String> = Vec::new();
    for member in &message.members {
        let value = match member {
            Member::Field(field) if field.label == Label::Required && !is_option(field) => field
                .default
                .as_ref()
                .map(|value| literal(scope, field, value, true)),
            _ => None,
        };
        let value = value.unwrap_or_else(|| format!("{default}::default()"));
        members.push(format!("{}: {value}", member_name(member)));
    }
    members.push(format!("unknown_fields: {default}::default()"));
    code.literal("Self ", &members, "");
    code.close("}");
    code.close("}");
}

/// A function for each optional field whose default is not that of its type.
fn or_default(code: &mut Code, scope: &Scope<'_>, name: &str, message: &Message) {
    let fields = message
        .fields()
        .filter(|field| field.label == Label::Optional);
    let fields: Vec<_> = fields
        .filter_map(|field| Some((field, field.default.as_ref()?)))
        .collect();
    if fields.is_empty() {
        return;
    }
    let (some, none) = (scope.std("Some"), scope.std("None"));
    code.gap();
    code.open(format!("impl {name}<'_> {{"));
    for (field, default) in fields {
        let (ty, star) = match field.ty {
            Type::Bytes => ("&[u8]".to_owned(), ""),
            Type::String => ("&str".to_owned(), ""),
            _ => (scope.proto_type(&field.ty, Lifetime::Elided), "*"),
        };
        code.gap();
        code.doc(&format!(
            "The value of `{}`, or the default of the IDL.",
            field.name
        ));
        let head = format!("pub fn {}_or_default", field.rust);
        code.open_fn(&head, &["&self".to_owned()], &ty);
        let head = format!("match &self.{} {{", names::escape(&field.rust));
        if !code.fits(&head) {
            code.skip_item();
        }
        code.open(head);
        code.line(format!("{some}(value) => {star}value,"));
        code.arm(&none, &literal(scope, field, default, false));
        code.close("}");
        code.close("}");
    }
    code.close("}");
}

/// A default in Rust: for a member, or what it borrows as.
fn literal(scope: &Scope<'_>, field: &Field, default: &Default, is_member: bool) -> String {
    let into = if is_member { ".into()" } else { "" };
    match default {
        Default::Bool(value) => value.to_string(),
        Default::Bytes(value) => format!("b\"{}\"{into}", value.escape_ascii()),
        Default::Double(value) if value.is_nan() => "f64::NAN".to_owned(),
        Default::Double(value) if value.is_infinite() => infinite("f64", *value < 0.0),
        Default::Double(value) => format!("{value:?}"),
        Default::Enum(index) => {
            let Type::Enum(id) = &field.ty else {
                return index.to_string();
            };
            let ItemKind::ProtoEnum(item) = &scope.program.item(*id).kind else {
                return index.to_string();
            };
            let value = names::escape(&item.values.values[*index].rust);
            format!("{}::{value}", scope.path(*id))
        }
        Default::Float(value) if value.is_nan() => "f32::NAN".to_owned(),
        Default::Float(value) if value.is_infinite() => infinite("f32", *value < 0.0),
        Default::Float(value) => format!("{value:?}"),
        Default::I32(value) => value.to_string(),
        Default::I64(value) => value.to_string(),
        Default::String(value) => format!("{value:?}{into}"),
        Default::U32(value) => value.to_string(),
        Default::U64(value) => value.to_string(),
    }
}

fn infinite(ty: &str, is_negative: bool) -> String {
    let sign = if is_negative { "NEG_" } else { "" };
    format!("{ty}::{sign}INFINITY")
}

fn own(code: &mut Code, scope: &Scope<'_>, name: &str, message: &Message) {
    let (elided, owned_type) = (format!("{name}<'_>"), format!("{name}<'static>"));
    owned::open(code, &elided, &owned_type);
    let mut members: Vec<String> = Vec::new();
    for member in &message.members {
        let borrows = match member {
            Member::Field(field) => field.ty.borrows(),
            Member::Oneof(oneof) => scope.item_borrows(oneof.item),
        };
        let own = if borrows { ".into_owned()" } else { "" };
        let name = member_name(member);
        members.push(format!("{name}: self.{name}{own}"));
    }
    // Here it is the trait's method, as with options and containers.
    scope.methods_of("::codec", "IntoOwned");
    members.push("unknown_fields: self.unknown_fields.into_owned()".to_owned());
    code.literal(&format!("{name} "), &members, "");
    code.close("}");
    code.close("}");
    owned::delegate(code, scope, &elided, &owned_type);
}
