//! The syntax tree of one Thrift file: what is written, nothing resolved.

use crate::source::Span;

/// A name and where it stands. Names of types and constants may have dots.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// One file.
#[derive(Debug, Default)]
pub(crate) struct File {
    /// Whether a definition could not be parsed, so that names may be missing.
    pub(crate) is_damaged: bool,
    pub(crate) doc: Option<String>,
    pub(crate) namespaces: Vec<Namespace>,
    pub(crate) includes: Vec<Include>,
    pub(crate) definitions: Vec<Definition>,
}

/// `namespace LANGUAGE NAME`.
#[derive(Debug)]
pub(crate) struct Namespace {
    pub(crate) language: String,
    pub(crate) name: Name,
}

/// `include "PATH"`.
#[derive(Debug)]
pub(crate) struct Include {
    pub(crate) path: String,
    pub(crate) span: Span,
}

/// A top-level definition.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) name: Name,
    pub(crate) doc: Option<String>,
    pub(crate) annotations: Vec<Annotation>,
    pub(crate) kind: DefinitionKind,
}

/// What a definition defines.
#[derive(Debug)]
pub(crate) enum DefinitionKind {
    Const { ty: Type, value: Value },
    Enum { values: Vec<EnumValue> },
    Service(Service),
    Struct { shape: Shape, fields: Vec<Field> },
    Typedef { ty: Type },
}

/// The three things with fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Exception,
    Struct,
    Union,
}

/// `NAME [= NUMBER]` inside an enum.
#[derive(Debug)]
pub(crate) struct EnumValue {
    pub(crate) name: Name,
    pub(crate) doc: Option<String>,
    pub(crate) number: Option<(i64, Span)>,
}

/// A member of a struct, an argument, or a declared exception.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) id: Option<(i64, Span)>,
    pub(crate) requiredness: Requiredness,
    pub(crate) ty: Type,
    pub(crate) name: Name,
    pub(crate) default: Option<Value>,
    pub(crate) doc: Option<String>,
}

/// What stands before a field's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Requiredness {
    Default,
    Optional,
    Required,
}

/// A type as written.
#[derive(Debug)]
pub(crate) struct Type {
    pub(crate) kind: TypeKind,
    pub(crate) span: Span,
}

/// The kinds of types. `void` is a type of results only.
#[derive(Debug)]
pub(crate) enum TypeKind {
    Binary,
    Bool,
    Double,
    I8,
    I16,
    I32,
    I64,
    List(Box<Type>),
    Map(Box<Type>, Box<Type>),
    Named(String),
    Set(Box<Type>),
    String,
    Uuid,
    Void,
}

/// A literal or a reference to a constant.
#[derive(Debug)]
pub(crate) struct Value {
    pub(crate) kind: ValueKind,
    pub(crate) span: Span,
}

/// The kinds of values.
#[derive(Debug)]
pub(crate) enum ValueKind {
    Bool(bool),
    Double(f64),
    Int(i64),
    List(Vec<Value>),
    Map(Vec<(Value, Value)>),
    Name(String),
    String(String),
}

/// `service NAME [extends PARENT] { … }`.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) parent: Option<Name>,
    pub(crate) functions: Vec<Function>,
}

/// A method of a service.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: Name,
    pub(crate) doc: Option<String>,
    pub(crate) oneway: Option<Span>,
    pub(crate) result: Type,
    pub(crate) arguments: Vec<Field>,
    pub(crate) throws: Vec<Field>,
    pub(crate) annotations: Vec<Annotation>,
}

/// `key = "value"` or `key` alone, in parentheses behind what it annotates.
#[derive(Clone, Debug)]
pub(crate) struct Annotation {
    pub(crate) key: String,
    pub(crate) value: Option<String>,
    pub(crate) span: Span,
}
