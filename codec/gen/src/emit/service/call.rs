//! The arguments of a method: owned by the server, by reference for the client.

use crate::emit::code::Code;
use crate::emit::coding::open_encode;
use crate::emit::message::Shape;
use crate::emit::scope::Scope;
use crate::emit::types::Lifetime;
use crate::ir::{Item, ItemKind, Method, Type};
use crate::names;

pub(super) fn emit(code: &mut Code, scope: &Scope<'_>, item: &Item, method: &Method) {
    let shape = Shape {
        name: names::escape(&method.args_type),
        idl_name: format!("{}.{}", item.name, method.name),
        fields: &method.arguments,
        borrows: method
            .arguments
            .iter()
            .any(|field| scope.borrows(&field.ty)),
        is_recursive: false,
    };
    code.gap();
    code.doc(&format!(
        "The arguments of `{}.{}`, as the server gets them.",
        item.name, method.name
    ));
    shape.emit_received(code, scope);
    sent(code, scope, item, method);
}

/// The type of an argument of the client: by value what is small, by reference the rest.
pub(super) fn parameter_type(
    scope: &Scope<'_>,
    ty: &Type,
    reference: &str,
    lifetime: Lifetime,
) -> String {
    match scope.program.resolve(ty) {
        Type::Binary => format!("&{reference}[u8]"),
        Type::String => format!("&{reference}str"),
        Type::List(item) => format!("&{reference}[{}]", scope.ty(item, lifetime)),
        _ if is_by_value(scope, ty) => scope.ty(ty, lifetime),
        _ => format!("&{reference}{}", scope.ty(ty, lifetime)),
    }
}

fn is_by_value(scope: &Scope<'_>, ty: &Type) -> bool {
    match scope.program.resolve(ty) {
        Type::Binary | Type::List(_) | Type::Map(..) | Type::Set(_) | Type::String => false,
        Type::Named(id) => matches!(scope.program.item(*id).kind, ItemKind::Enum(_)),
        Type::Bool | Type::Double | Type::I8 | Type::I16 | Type::I32 | Type::I64 | Type::Uuid => {
            true
        }
    }
}

/// Whether the client's struct of arguments has a lifetime.
pub(super) fn call_borrows(scope: &Scope<'_>, method: &Method) -> bool {
    !method
        .arguments
        .iter()
        .all(|field| is_by_value(scope, &field.ty))
}

fn sent(code: &mut Code, scope: &Scope<'_>, item: &Item, method: &Method) {
    let borrows = call_borrows(scope, method);
    let name = names::escape(&method.call_type);
    code.gap();
    code.doc(&format!(
        "The arguments of `{}.{}`, as the client sends them.",
        item.name, method.name
    ));
    code.line("#[derive(Clone, Copy, Debug)]");
    if method.arguments.is_empty() {
        code.item_line(&format!("pub struct {name} {{}}"));
    } else {
        let generics = if borrows { "<'a>" } else { "" };
        code.open_item(&format!("pub struct {name}{generics} {{"));
        for field in &method.arguments {
            code.doc(&format!("Field {}, `{}`.", field.id, field.name));
            let ty = parameter_type(scope, &field.ty, "'a ", Lifetime::Named);
            code.typed(
                &format!("pub {}", names::escape(&field.rust)),
                ":",
                &ty,
                ",",
            );
        }
        code.close("}");
    }
    let ty = if borrows { format!("{name}<'_>") } else { name };
    open_encode(code, scope, &ty, "w");
    code.line("w.struct_begin();");
    for field in &method.arguments {
        let value = format!("self.{}", names::escape(&field.rust));
        let verb = match scope.program.resolve(&field.ty) {
            Type::Binary => "binary",
            Type::String => "string",
            _ => {
                scope.write_field(code, (&field.ty, field.id), &value, false);
                continue;
            }
        };
        code.call(
            &format!("w.{verb}_field"),
            &[field.id.to_string(), value],
            ";",
        );
    }
    code.line("w.struct_end();");
    code.close("}");
    code.close("}");
}
