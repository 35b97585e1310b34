//! Messages, oneofs and enums of protobuf, as the emitters need them.

use crate::ir::{self, ItemId};

/// A message.
#[derive(Debug)]
pub(crate) struct Message {
    /// Package and names of the outer messages included.
    pub(crate) full_name: String,
    /// In the order of the IDL.
    pub(crate) members: Vec<Member>,
    /// Whether it or a message within it has a required field.
    pub(crate) checks_required: bool,
}

impl Message {
    /// The fields that are members themselves, not variants of a oneof.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.members.iter().filter_map(|member| match member {
            Member::Field(field) => Some(field),
            Member::Oneof(_) => None,
        })
    }

    /// The required fields; the index of one here is its bit.
    pub(crate) fn required(&self) -> impl Iterator<Item = &Field> {
        self.fields().filter(|field| field.label == Label::Required)
    }
}

/// A member of the Rust struct.
#[derive(Debug)]
pub(crate) enum Member {
    Field(Field),
    Oneof(OneofMember),
}

/// The member that holds one of several fields, or none.
#[derive(Debug)]
pub(crate) struct OneofMember {
    pub(crate) name: String,
    pub(crate) rust: String,
    pub(crate) doc: Option<String>,
    /// The enum of its fields.
    pub(crate) item: ItemId,
    /// The numbers of the fields, in order.
    pub(crate) numbers: Vec<u32>,
}

/// At most one of several fields: a Rust enum.
#[derive(Debug)]
pub(crate) struct Oneof {
    /// The message and the name in it.
    pub(crate) full_name: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) checks_required: bool,
}

/// An enum.
#[derive(Debug)]
pub(crate) struct Enum {
    pub(crate) values: ir::Enum,
    /// Whether a number without a name is an unknown field, as in proto2.
    pub(crate) is_closed: bool,
}

impl Enum {
    /// The number of the value that a field has when nothing else is said: that of the first one.
    pub(crate) fn default(&self) -> i32 {
        self.values.values.first().map_or(0, |value| value.number)
    }
}

/// A field of a message, or of a oneof.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) number: u32,
    pub(crate) name: String,
    /// The name in Rust, not escaped: a member's, or a variant's in oneofs.
    pub(crate) rust: String,
    pub(crate) doc: Option<String>,
    pub(crate) deprecated: Option<String>,
    pub(crate) ty: Type,
    pub(crate) label: Label,
    /// What `[default = …]` says.
    pub(crate) default: Option<Default>,
    /// Whether the message lies behind a pointer because it contains the one it is a field of.
    pub(crate) boxed: bool,
}

/// How often a field is there, and how that is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    /// A plain value in Rust, not written when it is zero or empty.
    Implicit,
    /// `Option` in Rust.
    Optional,
    /// A `Vec`, written behind one tag.
    Packed,
    /// A `Vec`, or a map, written with a tag for each element.
    Repeated,
    /// A plain value in Rust, but `Option` for messages. Always written; decoding fails without it.
    Required,
}

/// Types of fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Bool,
    Bytes,
    Double,
    Enum(ItemId),
    Fixed32,
    Fixed64,
    Float,
    /// A message between a start and an end.
    Group(ItemId),
    Int32,
    Int64,
    Map(Box<Type>, Box<Type>),
    /// A message with its length.
    Message(ItemId),
    Sfixed32,
    Sfixed64,
    Sint32,
    Sint64,
    String,
    Uint32,
    Uint64,
}

impl Type {
    /// The message that values of this type are, or contain as values of a map.
    pub(crate) fn message(&self) -> Option<ItemId> {
        match self {
            Type::Group(id) | Type::Message(id) => Some(*id),
            Type::Map(_, value) => value.message(),
            _ => None,
        }
    }

    /// Whether values of the type have a lifetime; a message has one for what it does not know.
    pub(crate) fn borrows(&self) -> bool {
        match self {
            Type::Bytes | Type::Group(_) | Type::Message(_) | Type::String => true,
            Type::Map(key, value) => key.borrows() || value.borrows(),
            _ => false,
        }
    }

    pub(crate) fn is_message(&self) -> bool {
        matches!(self, Type::Group(_) | Type::Message(_))
    }
}

/// A default that an IDL gives.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Default {
    Bool(bool),
    Bytes(Vec<u8>),
    Double(f64),
    /// The value by its position.
    Enum(usize),
    Float(f32),
    I32(i32),
    I64(i64),
    String(String),
    U32(u32),
    U64(u64),
}
