//! Rust types, wire kinds and verbs for IDL types.

use super::code::Code;
use super::scope::Scope;
use crate::analyze::type_borrows;
use crate::ir::{Field, ItemId, ItemKind, Presence, Type};

/// How the lifetime of a borrowing type is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lifetime {
    /// `'a`
    Named,
    /// `'_`
    Elided,
    /// `'static`
    Static,
}

impl Lifetime {
    pub(super) fn text(self) -> &'static str {
        match self {
            Lifetime::Named => "'a",
            Lifetime::Elided => "'_",
            Lifetime::Static => "'static",
        }
    }
}

impl Scope<'_> {
    /// The Rust type of a value.
    pub(super) fn ty(&self, ty: &Type, lifetime: Lifetime) -> String {
        let life = lifetime.text();
        match ty {
            Type::Binary => format!("{}<{life}>", self.outer("::codec", "Bin")),
            Type::Bool => "bool".to_owned(),
            Type::Double => "f64".to_owned(),
            Type::I8 => "i8".to_owned(),
            Type::I16 => "i16".to_owned(),
            Type::I32 => "i32".to_owned(),
            Type::I64 => "i64".to_owned(),
            Type::List(item) => format!("{}<{}>", self.std("Vec"), self.ty(item, lifetime)),
            Type::Map(key, value) => {
                let map = self.outer("::codec", "Map");
                format!(
                    "{map}<{}, {}>",
                    self.ty(key, lifetime),
                    self.ty(value, lifetime)
                )
            }
            Type::Named(id) => self.item_type(*id, lifetime),
            Type::Set(item) => {
                format!(
                    "{}<{}>",
                    self.outer("::codec", "Set"),
                    self.ty(item, lifetime)
                )
            }
            Type::String => format!("{}<{life}>", self.outer("::codec", "Str")),
            Type::Uuid => "[u8; 16]".to_owned(),
        }
    }

    /// Whether the type has a lifetime.
    pub(super) fn item_borrows(&self, id: ItemId) -> bool {
        type_borrows(self.program, &Type::Named(id))
    }

    /// The path of a type with its lifetime, if it has one.
    pub(super) fn item_type(&self, id: ItemId, lifetime: Lifetime) -> String {
        let path = self.path(id);
        if self.item_borrows(id) {
            format!("{path}<{}>", lifetime.text())
        } else {
            path
        }
    }

    /// The Rust type of a struct's field: the value's, in a box, in an option.
    pub(super) fn field_type(&self, field: &Field, lifetime: Lifetime) -> String {
        let mut ty = self.ty(&field.ty, lifetime);
        if field.boxed {
            ty = format!("{}<{ty}>", self.std("Box"));
        }
        if field.presence == Presence::Optional {
            ty = format!("{}<{ty}>", self.std("Option"));
        }
        ty
    }

    /// The wire kind, such as `Kind::Binary`.
    pub(super) fn kind(&self, ty: &Type) -> String {
        let name = match self.program.resolve(ty) {
            Type::Binary | Type::String => "Binary",
            Type::Bool => "Bool",
            Type::Double => "Double",
            Type::I8 => "I8",
            Type::I16 => "I16",
            Type::I32 => "I32",
            Type::I64 => "I64",
            Type::List(_) => "List",
            Type::Map(..) => "Map",
            Type::Set(_) => "Set",
            Type::Uuid => "Uuid",
            Type::Named(id) => match self.program.item(*id).kind {
                ItemKind::Enum(_) => "I32",
                _ => "Struct",
            },
        };
        format!("{}::{name}", self.outer("::codec::thrift", "Kind"))
    }

    /// The expression that reads a value from `r`.
    pub(super) fn read(&self, ty: &Type, boxed: bool, r: &str) -> String {
        match verb(self.program.resolve(ty)) {
            Some(verb) if !boxed => format!("{r}.{verb}()?"),
            _ => format!("{}::decode({r})?", self.outer("::codec::thrift", "Decode")),
        }
    }

    /// The statements that write a field: its head, and the value of the expression `value`. `is_reference` tells that it is one.
    pub(super) fn write_field(
        &self,
        code: &mut Code,
        field: (&Type, i16),
        value: &str,
        is_reference: bool,
    ) {
        let ty = self.program.resolve(field.0);
        let (verb, value) = match (verb(ty), ty) {
            (Some(verb @ ("str" | "bin" | "uuid")), _) if !is_reference => {
                (verb, format!("&{value}"))
            }
            (Some(verb @ ("str" | "bin" | "uuid")), _) => (verb, value.to_owned()),
            (Some(verb), _) if is_reference => (verb, format!("*{value}")),
            (Some(verb), _) => (verb, value.to_owned()),
            (None, Type::Named(id)) if matches!(self.program.item(*id).kind, ItemKind::Enum(_)) => {
                ("i32", format!("{value}.0"))
            }
            (None, _) => return self.write_nested_field(code, field, value),
        };
        code.call(
            &format!("w.{verb}_field"),
            &[field.1.to_string(), value],
            ";",
        );
    }

    /// The same of a struct or a container.
    fn write_nested_field(&self, code: &mut Code, (ty, id): (&Type, i16), value: &str) {
        code.line(format!("w.field({}, {id});", self.kind(ty)));
        match value.split_once('.') {
            Some((root, field)) => code.chain(
                "",
                root,
                &[format!(".{field}"), ".encode(w)".to_owned()],
                ";",
            ),
            None => code.chain("", value, &[".encode(w)".to_owned()], ";"),
        }
    }

    /// Whether a value of the type is made owned by a call.
    pub(super) fn borrows(&self, ty: &Type) -> bool {
        type_borrows(self.program, ty)
    }
}

/// The reader's and writer's verb of a type that has one.
fn verb(ty: &Type) -> Option<&'static str> {
    Some(match ty {
        Type::Binary => "bin",
        Type::Bool => "bool",
        Type::Double => "double",
        Type::I8 => "i8",
        Type::I16 => "i16",
        Type::I32 => "i32",
        Type::I64 => "i64",
        Type::String => "str",
        Type::Uuid => "uuid",
        Type::List(_) | Type::Map(..) | Type::Named(_) | Type::Set(_) => return None,
    })
}
