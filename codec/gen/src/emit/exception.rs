//! Exceptions are errors: what they print is their message.

use super::code::Code;
use super::message::Shape;
use super::scope::Scope;
use super::types::Lifetime;
use crate::ir::{Item, Presence, Type};
use crate::names;

/// `Display` and `Error`.
pub(super) fn emit(code: &mut Code, scope: &Scope<'_>, item: &Item, shape: &Shape<'_>) {
    let ty = shape.ty(Lifetime::Elided);
    code.gap();
    code.open_impl("", "::core::fmt::Display", &ty);
    code.open("fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {");
    let message = shape.fields.iter().find(|field| {
        matches!(field.name.to_ascii_lowercase().as_str(), "message" | "msg")
            && *scope.program.resolve(&field.ty) == Type::String
    });
    let name = &item.name;
    match message {
        Some(field) if field.presence == Presence::Optional => {
            let (some, none) = (scope.std("Some"), scope.std("None"));
            code.open(format!("match &self.{} {{", names::escape(&field.rust)));
            code.statement(&format!(
                "{some}(message) => write!(f, \"{name}: {{message}}\"),"
            ));
            code.statement(&format!("{none} => f.write_str(\"{name}\"),"));
            code.close("}");
        }
        Some(field) => {
            let message = names::escape(&field.rust);
            code.statement(&format!("write!(f, \"{name}: {{}}\", self.{message})"));
        }
        None => code.line("::core::fmt::Debug::fmt(self, f)"),
    }
    code.close("}");
    code.close("}");
    code.gap();
    code.empty_impl("::core::error::Error", &ty);
}
