//! Rust types, tags and the types of the wire for protobuf's types.

use crate::emit::scope::Scope;
use crate::emit::types::Lifetime;
use crate::ir::ItemKind;
use crate::proto::model::{Field, Label, Type};

impl Scope<'_> {
    /// The Rust type of a value.
    pub(super) fn proto_type(&self, ty: &Type, lifetime: Lifetime) -> String {
        match ty {
            Type::Bool => "bool".to_owned(),
            Type::Bytes => format!("{}<{}>", self.outer("::codec", "Bin"), lifetime.text()),
            Type::Double => "f64".to_owned(),
            Type::Enum(id) => self.path(*id),
            Type::Fixed32 | Type::Uint32 => "u32".to_owned(),
            Type::Fixed64 | Type::Uint64 => "u64".to_owned(),
            Type::Float => "f32".to_owned(),
            Type::Group(id) | Type::Message(id) => self.item_type(*id, lifetime),
            Type::Int32 | Type::Sfixed32 | Type::Sint32 => "i32".to_owned(),
            Type::Int64 | Type::Sfixed64 | Type::Sint64 => "i64".to_owned(),
            Type::Map(key, value) => format!(
                "{}<{}, {}>",
                self.outer("::codec", "Map"),
                self.proto_type(key, lifetime),
                self.proto_type(value, lifetime)
            ),
            Type::String => format!("{}<{}>", self.outer("::codec", "Str"), lifetime.text()),
        }
    }

    /// The Rust type of a struct's member: the value's, in a box, in an option or a vector.
    pub(super) fn proto_member(&self, field: &Field, lifetime: Lifetime) -> String {
        let mut ty = self.proto_type(&field.ty, lifetime);
        if field.boxed {
            ty = format!("{}<{ty}>", self.std("Box"));
        }
        match field.label {
            _ if matches!(field.ty, Type::Map(..)) => ty,
            Label::Packed | Label::Repeated => format!("{}<{ty}>", self.std("Vec")),
            _ if is_option(field) => format!("{}<{ty}>", self.std("Option")),
            _ => ty,
        }
    }

    /// The type of the wire, such as `types::Sint32`.
    pub(super) fn wire(&self, ty: &Type) -> String {
        let name = match ty {
            Type::Bool => "Bool",
            Type::Bytes => "Bytes",
            Type::Double => "Double",
            Type::Enum(_) => "Enumeration<_>",
            Type::Fixed32 => "Fixed32",
            Type::Fixed64 => "Fixed64",
            Type::Float => "Float",
            // A map is read and written by the types of its keys and values.
            Type::Group(_) | Type::Map(..) | Type::Message(_) => "Message<_>",
            Type::Int32 => "Int32",
            Type::Int64 => "Int64",
            Type::Sfixed32 => "Sfixed32",
            Type::Sfixed64 => "Sfixed64",
            Type::Sint32 => "Sint32",
            Type::Sint64 => "Sint64",
            Type::String => "String",
            Type::Uint32 => "Uint32",
            Type::Uint64 => "Uint64",
        };
        format!("{}::{name}", self.outer("::codec::protobuf", "types"))
    }

    /// Whether a number without a name is not a value of the type.
    pub(super) fn is_closed(&self, ty: &Type) -> bool {
        matches!(ty, Type::Enum(id) if matches!(&self.program.item(*id).kind, ItemKind::ProtoEnum(item) if item.is_closed))
    }
}

/// Whether the member is an `Option`: what has presence, and messages, which have no size limit and so no default inside.
pub(super) fn is_option(field: &Field) -> bool {
    field.label == Label::Optional || (field.label == Label::Required && field.ty.is_message())
}

/// The number that stands before a value: of one that is not packed.
pub(super) fn tag(field: &Field) -> u32 {
    field.number << 3 | wire_type(&field.ty)
}

/// The number that stands before packed values.
pub(super) fn packed_tag(field: &Field) -> u32 {
    field.number << 3 | BYTES
}

/// Whether values of the type can be packed.
pub(super) fn is_packable(ty: &Type) -> bool {
    !matches!(wire_type(ty), BYTES | GROUP_START)
}

fn wire_type(ty: &Type) -> u32 {
    match ty {
        Type::Bool
        | Type::Enum(_)
        | Type::Int32
        | Type::Int64
        | Type::Sint32
        | Type::Sint64
        | Type::Uint32
        | Type::Uint64 => VARINT,
        Type::Double | Type::Fixed64 | Type::Sfixed64 => FIXED64,
        Type::Bytes | Type::Map(..) | Type::Message(_) | Type::String => BYTES,
        Type::Group(_) => GROUP_START,
        Type::Fixed32 | Type::Float | Type::Sfixed32 => FIXED32,
    }
}

const VARINT: u32 = 0;
const FIXED64: u32 = 1;
const BYTES: u32 = 2;
const GROUP_START: u32 = 3;
const FIXED32: u32 = 5;
