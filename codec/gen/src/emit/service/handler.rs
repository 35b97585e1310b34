//! The trait that a service's handler implements.

use super::{Lifetimes, error_type, local, method_doc, value_type};
use crate::emit::code::Code;
use crate::emit::doc;
use crate::emit::scope::Scope;
use crate::emit::types::Lifetime;
use crate::ir::{Item, Method, Service};
use crate::names;

pub(super) fn emit(code: &mut Code, scope: &Scope<'_>, item: &Item, service: &Service) {
    let fallback = format!("Service `{}`.", item.name);
    doc::emit(
        code,
        item.doc.as_deref(),
        &fallback,
        item.deprecated.as_deref(),
    );
    code.line("///");
    code.doc("Implementors write each method as `async fn`.");
    let parent = match service.parent {
        Some(parent) => scope.path(parent),
        None => "'static".to_owned(),
    };
    let name = names::escape(&item.rust);
    if service.methods.is_empty() {
        return code.item_line(&format!("pub trait {name}: {parent} {{}}"));
    }
    code.open_item(&format!("pub trait {name}: {parent} {{"));
    for method in &service.methods {
        code.gap();
        method_doc(code, method);
        signature(code, scope, item, method);
    }
    code.close("}");
}

fn signature(code: &mut Code, scope: &Scope<'_>, item: &Item, method: &Method) {
    let lifetimes = Lifetimes::of(scope, method);
    let generics = if lifetimes.outcome == Lifetime::Named {
        "<'a>"
    } else {
        ""
    };
    let context = scope.outer("::rpc", "Context");
    let mut parameters = vec![
        "&self".to_owned(),
        format!("{}: &mut {context}", local(method, "cx")),
    ];
    parameters.extend(method.arguments.iter().map(|field| {
        let ty = scope.ty(&field.ty, lifetimes.arguments);
        format!("{}: {ty}", names::escape(&field.rust))
    }));
    let value = value_type(scope, method, lifetimes.outcome);
    let error = error_type(scope, method, item.module, lifetimes.outcome);
    let future = scope.outer("::core::future", "Future");
    let result = scope.std("Result");
    let future = format!("impl {future}<Output = {result}<{value}, {error}>>");
    let head = format!("fn {}{generics}", names::escape(&method.rust));
    code.declare_fn(&head, &parameters, &future);
}
