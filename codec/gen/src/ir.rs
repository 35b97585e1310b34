//! The intermediate representation: what the generator needs, in no IDL's own words.
//!
//! Lowering makes it from a syntax tree, the analyses complete it (`boxed`, `borrows`, Rust names), the emitters only read
//! it. Items refer to each other by [`ItemId`]; every reference is resolved, every value has been checked against its type.

use crate::proto::model;

/// Index of an item in [`Program::items`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ItemId(pub(crate) usize);

/// Index of a module in [`Program::modules`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ModuleId(pub(crate) usize);

/// A whole compilation.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(crate) modules: Vec<Module>,
    pub(crate) items: Vec<Item>,
}

impl Program {
    pub(crate) fn item(&self, id: ItemId) -> &Item {
        &self.items[id.0]
    }

    /// The type behind all aliases.
    pub(crate) fn resolve<'a>(&'a self, mut ty: &'a Type) -> &'a Type {
        while let Type::Named(id) = ty {
            match &self.item(*id).kind {
                ItemKind::Alias(alias) => ty = &alias.ty,
                _ => break,
            }
        }
        ty
    }

    /// The item a type names behind all aliases, if it is not a built-in type.
    pub(crate) fn named(&self, ty: &Type) -> Option<&Item> {
        match self.resolve(ty) {
            Type::Named(id) => Some(self.item(*id)),
            _ => None,
        }
    }
}

/// One Rust module: the items of all files of one namespace.
#[derive(Debug)]
pub(crate) struct Module {
    /// Rust names from the root of the generated file.
    pub(crate) path: Vec<String>,
    pub(crate) doc: Vec<String>,
    /// File names, for the documentation.
    pub(crate) files: Vec<String>,
    pub(crate) items: Vec<ItemId>,
}

/// One definition.
#[derive(Debug)]
pub(crate) struct Item {
    /// The name in the IDL.
    pub(crate) name: String,
    /// The name in Rust, not escaped: unique within its module and class of names.
    pub(crate) rust: String,
    pub(crate) doc: Option<String>,
    pub(crate) deprecated: Option<String>,
    pub(crate) module: ModuleId,
    pub(crate) kind: ItemKind,
}

/// The kinds of definitions.
#[derive(Debug)]
pub(crate) enum ItemKind {
    Alias(Alias),
    Const(Const),
    Enum(Enum),
    Message(Message),
    ProtoEnum(model::Enum),
    ProtoMessage(model::Message),
    ProtoOneof(model::Oneof),
    Service(Service),
    Union(Union),
}

/// Another name for a type.
#[derive(Debug)]
pub(crate) struct Alias {
    pub(crate) ty: Type,
    pub(crate) borrows: bool,
}

/// A constant.
#[derive(Debug)]
pub(crate) struct Const {
    pub(crate) ty: Type,
    pub(crate) value: Value,
}

/// An enumeration: open, so a number without a name is kept.
#[derive(Debug)]
pub(crate) struct Enum {
    pub(crate) values: Vec<EnumValue>,
}

/// A named number.
#[derive(Debug)]
pub(crate) struct EnumValue {
    pub(crate) name: String,
    pub(crate) rust: String,
    pub(crate) doc: Option<String>,
    pub(crate) number: i32,
}

/// A struct or an exception.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) is_exception: bool,
    pub(crate) fields: Vec<Field>,
    /// Whether a value may borrow from the frame it was decoded from.
    pub(crate) borrows: bool,
    /// Whether a value may contain others of its type, also in containers.
    pub(crate) is_recursive: bool,
}

/// Exactly one of its fields.
#[derive(Debug)]
pub(crate) struct Union {
    pub(crate) fields: Vec<Field>,
    pub(crate) borrows: bool,
}

/// A member of a message or union, an argument, or a declared exception.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) id: i16,
    pub(crate) name: String,
    /// The name in Rust, not escaped: a field's, or a variant's in unions.
    pub(crate) rust: String,
    pub(crate) doc: Option<String>,
    pub(crate) ty: Type,
    pub(crate) presence: Presence,
    pub(crate) default: Option<Value>,
    /// Whether the value lies behind a pointer because its type contains this message.
    pub(crate) boxed: bool,
}

/// Whether a field can be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// Always written; its default when it did not arrive. A plain value in Rust.
    Implicit,
    /// `Option` in Rust, because the IDL says so or because its type has no default.
    Optional,
    /// Always written; decoding fails without it.
    Required,
}

/// Types of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Binary,
    Bool,
    Double,
    I8,
    I16,
    I32,
    I64,
    List(Box<Type>),
    Map(Box<Type>, Box<Type>),
    Named(ItemId),
    Set(Box<Type>),
    String,
    Uuid,
}

/// A value that fits the type it stands for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Binary(Vec<u8>),
    Bool(bool),
    Double(f64),
    /// An enum's value by number; it has a name.
    Enum(ItemId, i32),
    Int(i64),
    List(Vec<Value>),
    Map(Vec<(Value, Value)>),
    /// Fields by index, in the order of the fields; the others have their defaults.
    Message(ItemId, Vec<(usize, Value)>),
    String(String),
    /// The field by index.
    Union(ItemId, usize, Box<Value>),
    Uuid([u8; 16]),
}

/// A service.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) idl: Idl,
    pub(crate) parent: Option<ItemId>,
    pub(crate) methods: Vec<Method>,
    /// Rust names of the generated server, client and descriptor.
    pub(crate) server: String,
    pub(crate) client: String,
    pub(crate) descriptor: String,
}

/// The language of a service: what its arguments and results are on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Idl {
    /// One message each.
    Protobuf,
    /// Structs of the arguments, and of the result and the exceptions.
    Thrift,
}

/// A method of a service.
#[derive(Debug)]
pub(crate) struct Method {
    pub(crate) name: String,
    pub(crate) rust: String,
    pub(crate) doc: Option<String>,
    pub(crate) deprecated: Option<String>,
    pub(crate) oneway: bool,
    pub(crate) arguments: Vec<Field>,
    /// None for `void`.
    pub(crate) result: Option<Type>,
    /// Declared exceptions; the Rust name is that of a variant.
    pub(crate) throws: Vec<Field>,
    /// Rust names of the generated types.
    pub(crate) args_type: String,
    pub(crate) call_type: String,
    pub(crate) result_type: String,
    pub(crate) error_type: String,
}
