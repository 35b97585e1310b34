//! Structs and exceptions.

use super::code::Code;
use super::doc;
use super::exception;
use super::owned;
use super::scope::Scope;
use super::types::Lifetime;
use super::value;
use crate::ir::{Field, ItemId, ItemKind, Message, Presence};
use crate::names;

pub(super) fn emit(code: &mut Code, scope: &Scope<'_>, id: ItemId, message: &Message) {
    let item = scope.program.item(id);
    let what = if message.is_exception {
        "Exception"
    } else {
        "Struct"
    };
    let fallback = format!("{what} `{}`.", item.name);
    doc::emit(
        code,
        item.doc.as_deref(),
        &fallback,
        item.deprecated.as_deref(),
    );
    let shape = Shape {
        name: names::escape(&item.rust),
        idl_name: item.name.clone(),
        fields: &message.fields,
        borrows: message.borrows,
        is_recursive: message.is_recursive,
    };
    shape.emit(code, scope);
    if message.is_exception {
        exception::emit(code, scope, item, &shape);
    }
}

/// A struct to be generated: a message of the IDL, or the arguments of a method.
pub(super) struct Shape<'a> {
    pub(super) name: String,
    pub(super) idl_name: String,
    pub(super) fields: &'a [Field],
    pub(super) borrows: bool,
    pub(super) is_recursive: bool,
}

impl Shape<'_> {
    /// The struct and its implementations, all but the documentation above it.
    fn emit(&self, code: &mut Code, scope: &Scope<'_>) {
        self.definition(code, scope);
        self.default(code, scope);
        self.owned(code, scope);
        self.decode(code, scope);
        self.encode(code, scope);
    }

    /// A struct that is only ever decoded.
    pub(super) fn emit_received(&self, code: &mut Code, scope: &Scope<'_>) {
        self.definition(code, scope);
        self.default(code, scope);
        self.decode(code, scope);
    }

    fn generics(&self) -> &'static str {
        if self.borrows { "<'a>" } else { "" }
    }

    /// The type's name with a lifetime, if it has one.
    pub(super) fn ty(&self, lifetime: Lifetime) -> String {
        if self.borrows {
            format!("{}<{}>", self.name, lifetime.text())
        } else {
            self.name.clone()
        }
    }

    fn definition(&self, code: &mut Code, scope: &Scope<'_>) {
        let default = if self.has_plain_default() {
            "Default, "
        } else {
            ""
        };
        code.line(format!("#[derive(Clone, Debug, {default}PartialEq)]"));
        if self.fields.is_empty() {
            return code.item_line(&format!("pub struct {} {{}}", self.name));
        }
        code.open_item(&format!("pub struct {}{} {{", self.name, self.generics()));
        for field in self.fields {
            let fallback = format!("Field {}, `{}`.", field.id, field.name);
            doc::emit(code, field.doc.as_deref(), &fallback, None);
            let name = format!("pub {}", names::escape(&field.rust));
            code.typed(&name, ":", &scope.field_type(field, Lifetime::Named), ",");
        }
        code.close("}");
    }

    fn has_plain_default(&self) -> bool {
        self.fields.iter().all(|field| field.default.is_none())
    }

    /// `Default`, where the IDL has defaults, and the functions that build the large ones.
    fn default(&self, code: &mut Code, scope: &Scope<'_>) {
        if self.has_plain_default() {
            return;
        }
        let large: Vec<&Field> = self
            .fields
            .iter()
            .filter(|field| has_large_default(field))
            .collect();
        if !large.is_empty() {
            code.gap();
            code.open_item(&format!(
                "impl{} {} {{",
                self.generics(),
                self.ty(Lifetime::Named)
            ));
            for field in large {
                code.gap();
                let ty = scope.ty(&field.ty, Lifetime::Named);
                code.open_fn(&format!("fn default_{}", field.rust), &[], &ty);
                if let Some(default) = &field.default {
                    value::emit_built(code, scope, default, &field.ty, None);
                }
                code.close("}");
            }
            code.close("}");
        }
        code.gap();
        code.open_impl("", &scope.std("Default"), &self.ty(Lifetime::Elided));
        code.open("fn default() -> Self {");
        let members: Vec<String> = self
            .fields
            .iter()
            .map(|field| {
                format!(
                    "{}: {}",
                    names::escape(&field.rust),
                    initial_value(scope, field)
                )
            })
            .collect();
        code.literal("Self ", &members, "");
        code.close("}");
        code.close("}");
    }

    fn owned(&self, code: &mut Code, scope: &Scope<'_>) {
        if !self.borrows {
            return owned::own_itself(code, scope, &self.name);
        }
        let (elided, owned) = (self.ty(Lifetime::Elided), self.ty(Lifetime::Static));
        owned::open(code, &elided, &owned);
        let members: Vec<String> = self
            .fields
            .iter()
            .map(|field| own_member(scope, field))
            .collect();
        code.literal(&format!("{} ", self.name), &members, "");
        code.close("}");
        code.close("}");
        owned::delegate(code, scope, &elided, &owned);
    }
}

/// `name: self.name.into_owned()`, or without the call.
fn own_member(scope: &Scope<'_>, field: &Field) -> String {
    let name = names::escape(&field.rust);
    let own = owned::call(scope, field);
    format!("{name}: self.{name}{own}")
}

/// Whether the default is built by statements, in a function of its own.
pub(super) fn has_large_default(field: &Field) -> bool {
    field
        .default
        .as_ref()
        .is_some_and(|default| !value::is_simple(default))
}

/// Whether the field is a struct that is only made when it is missing, as its default takes work.
pub(super) fn is_struct(scope: &Scope<'_>, field: &Field) -> bool {
    let item = scope.program.named(&field.ty);
    item.is_some_and(|item| matches!(item.kind, ItemKind::Message(_) | ItemKind::Union(_)))
}

/// The value a field has in a fresh struct.
pub(super) fn initial_value(scope: &Scope<'_>, field: &Field) -> String {
    let Some(default) = &field.default else {
        return match field.presence {
            Presence::Optional => scope.std("None"),
            Presence::Implicit | Presence::Required => {
                format!("{}::default()", scope.std("Default"))
            }
        };
    };
    let mut text = if value::is_simple(default) {
        value::simple(scope, default, &field.ty)
    } else {
        format!("Self::default_{}()", field.rust)
    };
    if field.boxed {
        text = format!("{}::new({text})", scope.std("Box"));
    }
    if field.presence == Presence::Optional {
        text = format!("{}({text})", scope.std("Some"));
    }
    text
}
