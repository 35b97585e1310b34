//! The server: decodes arguments, calls the handler, encodes what came out.

use super::{Flat, method_type};
use crate::emit::code::Code;
use crate::emit::scope::Scope;
use crate::emit::types::Lifetime;
use crate::ir::{Idl, Item, Service};
use crate::names;

pub(super) fn emit(
    code: &mut Code,
    scope: &Scope<'_>,
    item: &Item,
    service: &Service,
    calls: &[Flat<'_>],
) {
    let handler = scope.type_parameter("H");
    let server = names::escape(&service.server);
    let bound = format!("<{handler}: {}>", names::escape(&item.rust));
    code.gap();
    code.doc(&format!("Serves `{}` with a handler.", item.name));
    code.line("#[derive(Clone, Debug)]");
    code.open_item(&format!("pub struct {server}<{handler}> {{"));
    code.line(format!("handler: {handler},"));
    code.close("}");
    code.gap();
    code.open_item(&format!("impl{bound} {server}<{handler}> {{"));
    code.doc("A server that calls this handler.");
    code.open(format!("pub fn new(handler: {handler}) -> Self {{"));
    code.line("Self { handler }");
    code.close("}");
    for call in calls {
        code.gap();
        serve(code, scope, service.idl, call);
    }
    code.close("}");
    dispatch(code, scope, &bound, &format!("{server}<{handler}>"), calls);
    describe(
        code,
        scope,
        &bound,
        &format!("{server}<{handler}>"),
        service,
    );
}

/// The function that serves one method.
fn serve(code: &mut Code, scope: &Scope<'_>, idl: Idl, call: &Flat<'_>) {
    let method = call.method;
    let (call_type, status) = (scope.outer("::rpc", "Call"), scope.outer("::rpc", "Status"));
    let result = scope.std("Result");
    code.open_fn(
        &format!("async fn serve_{}", method.rust),
        &["&self".to_owned(), format!("call: &mut {call_type}")],
        &format!("{result}<(), {status}>"),
    );
    code.line("let payload = call.take_payload();");
    match idl {
        Idl::Protobuf => serve_message(code, scope, call),
        Idl::Thrift => serve_arguments(code, scope, call),
    }
    code.close("}");
}

/// Decodes a message, calls the handler, replies with a message.
fn serve_message(code: &mut Code, scope: &Scope<'_>, call: &Flat<'_>) {
    let body = scope.outer("::codec::protobuf", "Body");
    code.open("let outcome = {");
    for request in &call.method.arguments {
        let ty = scope.ty(&request.ty, Lifetime::Elided);
        code.assign(
            &format!("let {body}(request): {body}<{ty}>"),
            "call.decode(&payload)?",
        );
    }
    call_handler(code, scope, call, &["request".to_owned()]);
    code.close("};");
    code.line(format!("let reply = {body}(outcome.await?);"));
    code.line("call.reply(&reply)");
}

/// Calls the handler with these arguments. Its future is the value of a block, in which the arguments end: else the call's own
/// future would keep room for them, and they would be moved once more.
fn call_handler(code: &mut Code, scope: &Scope<'_>, call: &Flat<'_>, arguments: &[String]) {
    let mut all = vec!["&self.handler".to_owned(), "call.context()".to_owned()];
    all.extend_from_slice(arguments);
    let handler = scope.path(call.owner);
    let path = format!("{handler}::{}", names::escape(&call.method.rust));
    code.call(&path, &all, "");
}

/// Decodes the arguments, calls the handler, replies with the result or a declared exception.
fn serve_arguments(code: &mut Code, scope: &Scope<'_>, call: &Flat<'_>) {
    let method = call.method;
    let borrows = method
        .arguments
        .iter()
        .any(|field| scope.borrows(&field.ty));
    let args = method_type(
        scope,
        call.module,
        &method.args_type,
        borrows,
        Lifetime::Elided,
    );
    let pattern = if method.arguments.is_empty() {
        "_"
    } else {
        "args"
    };
    code.open("let outcome = {");
    code.assign(&format!("let {pattern}: {args}"), "call.decode(&payload)?");
    let fields = method.arguments.iter();
    let arguments: Vec<String> = fields
        .map(|field| format!("args.{}", names::escape(&field.rust)))
        .collect();
    call_handler(code, scope, call, &arguments);
    code.close("};");
    if method.oneway {
        code.line("outcome.await");
    } else {
        let outcome = scope.path_to(call.module, &method.result_type);
        if method.throws.is_empty() {
            let success = match method.result {
                Some(_) => format!("{outcome}::Success(outcome.await?)"),
                None => {
                    code.line("outcome.await?;");
                    format!("{outcome}::Success")
                }
            };
            code.assign("let reply", &success);
        } else {
            code.assign("let reply", &format!("{outcome}::new(outcome.await)?"));
        }
        code.line("call.reply(&reply)");
    }
}

fn dispatch(code: &mut Code, scope: &Scope<'_>, bound: &str, server: &str, calls: &[Flat<'_>]) {
    let (call_type, status) = (scope.outer("::rpc", "Call"), scope.outer("::rpc", "Status"));
    let (result, err) = (scope.std("Result"), scope.std("Err"));
    code.gap();
    code.open_impl(bound, &scope.outer("::rpc", "Service"), server);
    let parameters = ["&self".to_owned(), format!("call: &mut {call_type}")];
    code.open_fn(
        "async fn call",
        &parameters,
        &format!("{result}<(), {status}>"),
    );
    let unknown = format!("{err}({status}::unknown_method(call.context().method()))");
    if calls.is_empty() {
        code.line(unknown);
    } else {
        code.open("match call.method() {");
        for (index, call) in calls.iter().enumerate() {
            code.arm(
                &index.to_string(),
                &format!("Self::serve_{}(self, call).await", call.method.rust),
            );
        }
        code.arm("_", &unknown);
        code.close("}");
    }
    code.close("}");
    code.close("}");
}

fn describe(code: &mut Code, scope: &Scope<'_>, bound: &str, server: &str, service: &Service) {
    let descriptor = scope.outer("::rpc", "ServiceDescriptor");
    code.gap();
    code.open_impl(bound, &scope.outer("::rpc", "Describe"), server);
    code.open(format!("fn descriptor() -> &'static {descriptor} {{"));
    code.line(format!("&{}", service.descriptor));
    code.close("}");
    code.close("}");
}
