//! Fields: types, labels, defaults.

use protox::prost_reflect::{Cardinality, FieldDescriptor, Kind, Syntax, Value};

use super::Lowerer;
use super::declare::in_order;
use crate::ir::ItemId;
use crate::proto::model::{Default, Field, Label, Type};

impl Lowerer<'_> {
    pub(super) fn field(&self, field: &FieldDescriptor) -> Field {
        let parent = field.parent_message();
        let file = parent.parent_file();
        let proto = field.field_descriptor_proto();
        let options = proto.options.as_ref();
        Field {
            number: field.number(),
            name: field.name().to_owned(),
            rust: String::new(),
            doc: self.loaded.locations.doc(file.name(), field.path()),
            deprecated: options
                .is_some_and(|options| options.deprecated())
                .then(String::new),
            ty: self.ty(field),
            label: label(field),
            default: proto.default_value.as_ref().and_then(|_| default(field)),
            boxed: false,
        }
    }

    fn ty(&self, field: &FieldDescriptor) -> Type {
        match field.kind() {
            Kind::Bool => Type::Bool,
            Kind::Bytes => Type::Bytes,
            Kind::Double => Type::Double,
            Kind::Enum(item) => Type::Enum(self.item(item.full_name())),
            Kind::Fixed32 => Type::Fixed32,
            Kind::Fixed64 => Type::Fixed64,
            Kind::Float => Type::Float,
            Kind::Int32 => Type::Int32,
            Kind::Int64 => Type::Int64,
            Kind::Message(entry) if field.is_map() => {
                let key = self.ty(&entry.map_entry_key_field());
                let value = self.ty(&entry.map_entry_value_field());
                Type::Map(Box::new(key), Box::new(value))
            }
            Kind::Message(message) if field.is_group() => {
                Type::Group(self.item(message.full_name()))
            }
            Kind::Message(message) => Type::Message(self.item(message.full_name())),
            Kind::Sfixed32 => Type::Sfixed32,
            Kind::Sfixed64 => Type::Sfixed64,
            Kind::Sint32 => Type::Sint32,
            Kind::Sint64 => Type::Sint64,
            Kind::String => Type::String,
            Kind::Uint32 => Type::Uint32,
            Kind::Uint64 => Type::Uint64,
        }
    }

    pub(super) fn item(&self, full_name: &str) -> ItemId {
        // Every type of a field or method that is lowered is reached from the inputs, and so has an item.
        self.items[full_name]
    }
}

fn label(field: &FieldDescriptor) -> Label {
    match field.cardinality() {
        Cardinality::Required => Label::Required,
        Cardinality::Repeated if is_packed(field) => Label::Packed,
        Cardinality::Repeated => Label::Repeated,
        Cardinality::Optional if field.supports_presence() => Label::Optional,
        Cardinality::Optional => Label::Implicit,
    }
}

/// Whether the elements are written behind one tag: as the option says, else as proto3 does and proto2 does not. The
/// description knows only the latter, because it is made before options are read.
fn is_packed(field: &FieldDescriptor) -> bool {
    let is_packable = !matches!(field.kind(), Kind::Bytes | Kind::Message(_) | Kind::String);
    let options = field.field_descriptor_proto().options.as_ref();
    let option = options.and_then(|options| options.packed);
    is_packable && option.unwrap_or(field.parent_file().syntax() == Syntax::Proto3)
}

fn default(field: &FieldDescriptor) -> Option<Default> {
    Some(match field.default_value() {
        Value::Bool(value) => Default::Bool(value),
        Value::Bytes(value) => Default::Bytes(value.to_vec()),
        Value::EnumNumber(_) => {
            let name = field.field_descriptor_proto().default_value();
            let values = in_order(field.kind().as_enum()?);
            Default::Enum(values.iter().position(|value| value.name() == name)?)
        }
        Value::F32(value) => Default::Float(value),
        Value::F64(value) => Default::Double(value),
        Value::I32(value) => Default::I32(value),
        Value::I64(value) => Default::I64(value),
        Value::String(value) => Default::String(value),
        Value::U32(value) => Default::U32(value),
        Value::U64(value) => Default::U64(value),
        Value::List(_) | Value::Map(_) | Value::Message(_) => return None,
    })
}
