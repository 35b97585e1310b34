//! Services: the handler's trait, the server that dispatches to it, the client, and the types that carry a call.
//!
//! ```text
//!     client: Call (arguments by reference) ──► wire ──► Args ──► handler
//!             Result ◄── wire ◄── Result (success, or a declared exception) ◄──┘
//! ```
//!
//! Inherited methods are part of the server and the client of the heir; their types are those of the ancestor's module, and
//! the heir's trait extends the ancestor's.
//!
//! In protobuf there is neither inheritance nor are there exceptions, and one message goes each way as it is.

mod call;
mod client;
mod handler;
mod outcome;
mod server;

use super::code::Code;
use super::doc;
use super::scope::Scope;
use super::types::Lifetime;
use crate::ir::{Idl, Item, ItemId, ItemKind, Method, ModuleId, Service};
use crate::names;

pub(super) fn emit(code: &mut Code, scope: &Scope<'_>, id: ItemId, service: &Service) {
    let item = scope.program.item(id);
    let calls = flatten(scope, id);
    handler::emit(code, scope, item, service);
    descriptor(code, scope, item, service, &calls);
    server::emit(code, scope, item, service, &calls);
    client::emit(code, scope, item, service, &calls);
    if service.idl == Idl::Protobuf {
        return;
    }
    for method in &service.methods {
        call::emit(code, scope, item, method);
        outcome::emit(code, scope, item, method);
    }
}

/// A method as the server and the client of a service have it.
struct Flat<'a> {
    method: &'a Method,
    /// The service that declares it.
    owner: ItemId,
    /// Where its types are.
    module: ModuleId,
}

/// The service's own methods, then its ancestors' that it does not declare again.
fn flatten<'a>(scope: &Scope<'a>, id: ItemId) -> Vec<Flat<'a>> {
    let mut calls: Vec<Flat<'a>> = Vec::new();
    let mut at = Some(id);
    while let Some(owner) = at {
        let item = scope.program.item(owner);
        let ItemKind::Service(service) = &item.kind else {
            break;
        };
        for method in &service.methods {
            if !calls.iter().any(|known| known.method.name == method.name) {
                calls.push(Flat {
                    method,
                    owner,
                    module: item.module,
                });
            }
        }
        at = service.parent;
    }
    calls
}

fn descriptor(
    code: &mut Code,
    scope: &Scope<'_>,
    item: &Item,
    service: &Service,
    calls: &[Flat<'_>],
) {
    let kind = scope.outer("::rpc", "ServiceDescriptor");
    code.gap();
    code.doc(&format!(
        "What service `{}` is called, and its methods.",
        item.name
    ));
    let left = format!("pub static {}: {kind}", service.descriptor);
    let levels = code.open_right(&left, &format!("{kind} {{"));
    code.line(format!("name: {:?},", item.name));
    let method_kind = || scope.outer("::rpc", "MethodDescriptor");
    let member = |code: &mut Code, call: &Flat<'_>| {
        code.line(format!("name: {:?},", call.method.name));
        code.line(format!("oneway: {},", call.method.oneway));
    };
    match calls {
        [] => code.line("methods: &[],"),
        [only] => {
            code.open(format!("methods: &[{} {{", method_kind()));
            member(code, only);
            code.close("}],");
        }
        _ => {
            code.open("methods: &[");
            for call in calls {
                code.open(format!("{} {{", method_kind()));
                member(code, call);
                code.close("},");
            }
            code.close("],");
        }
    }
    code.close("};");
    if levels > 1 {
        code.shallower();
    }
}

/// How the lifetimes of a method's signature hang together.
#[derive(Clone, Copy)]
struct Lifetimes {
    /// Of the arguments.
    arguments: Lifetime,
    /// Of the result and the exceptions: they may borrow from the arguments, where those borrow.
    outcome: Lifetime,
}

impl Lifetimes {
    fn of(scope: &Scope<'_>, method: &Method) -> Lifetimes {
        let arguments = method
            .arguments
            .iter()
            .any(|field| scope.borrows(&field.ty));
        if !arguments {
            return Lifetimes {
                arguments: Lifetime::Elided,
                outcome: Lifetime::Static,
            };
        }
        let both = if outcome_borrows(scope, method) {
            Lifetime::Named
        } else {
            Lifetime::Elided
        };
        Lifetimes {
            arguments: both,
            outcome: both,
        }
    }
}

/// Whether the type that carries the outcome over the wire has a lifetime.
fn outcome_borrows(scope: &Scope<'_>, method: &Method) -> bool {
    method.result.as_ref().is_some_and(|ty| scope.borrows(ty)) || error_borrows(scope, method)
}

fn error_borrows(scope: &Scope<'_>, method: &Method) -> bool {
    method.throws.iter().any(|field| scope.borrows(&field.ty))
}

/// A generated type of a method, from this module, with its lifetime if it has one.
fn method_type(
    scope: &Scope<'_>,
    module: ModuleId,
    name: &str,
    borrows: bool,
    lifetime: Lifetime,
) -> String {
    let path = scope.path_to(module, name);
    if borrows {
        format!("{path}<{}>", lifetime.text())
    } else {
        path
    }
}

/// The type of a method's value: `()` for `void`.
fn value_type(scope: &Scope<'_>, method: &Method, lifetime: Lifetime) -> String {
    method
        .result
        .as_ref()
        .map_or("()".to_owned(), |ty| scope.ty(ty, lifetime))
}

/// The error of a method: `Status`, or its own type when it declares exceptions.
fn error_type(scope: &Scope<'_>, method: &Method, module: ModuleId, lifetime: Lifetime) -> String {
    if method.throws.is_empty() {
        return scope.outer("::rpc", "Status");
    }
    let borrows = error_borrows(scope, method);
    method_type(scope, module, &method.error_type, borrows, lifetime)
}

/// The documentation of a method.
fn method_doc(code: &mut Code, method: &Method) {
    let fallback = format!("Method `{}`.", method.name);
    doc::emit(
        code,
        method.doc.as_deref(),
        &fallback,
        method.deprecated.as_deref(),
    );
}

/// A name for a local variable that no argument has.
fn local(method: &Method, wish: &str) -> String {
    let mut taken = method
        .arguments
        .iter()
        .map(|field| field.rust.clone())
        .collect();
    names::escape(&names::fresh(wish, &mut taken))
}
