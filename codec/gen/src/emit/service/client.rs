//! The client: a method per method, and one that lends the reply instead of copying it.

use std::collections::BTreeSet;

use super::call::parameter_type;
use super::{
    Flat, error_borrows, error_type, method_doc, method_type, outcome_borrows, value_type,
};
use crate::emit::code::Code;
use crate::emit::owned;
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
    let client_type = scope.outer("::rpc", "Client");
    let client = names::escape(&service.client);
    code.gap();
    code.doc(&format!("Calls `{}`.", item.name));
    code.line("#[derive(Clone, Debug)]");
    code.open_item(&format!("pub struct {client} {{"));
    code.line(format!("client: {client_type},"));
    code.close("}");
    code.gap();
    code.open_item(&format!("impl {client} {{"));
    code.doc("A client that calls through this one.");
    code.open(format!("pub fn new(client: {client_type}) -> Self {{"));
    code.line("Self { client }");
    code.close("}");
    let mut taken = BTreeSet::from(["new".to_owned()]);
    let plain: Vec<String> = calls
        .iter()
        .map(|call| names::fresh(&call.method.rust, &mut taken))
        .collect();
    for (index, (call, name)) in calls.iter().zip(plain).enumerate() {
        let emitter = Emitter {
            scope,
            idl: service.idl,
            descriptor: &service.descriptor,
            index,
            call,
            name: names::escape(&name),
        };
        code.gap();
        method_doc(code, call.method);
        if call.method.oneway {
            emitter.oneway(code);
            continue;
        }
        emitter.owned(code);
        if call
            .method
            .result
            .as_ref()
            .is_some_and(|ty| scope.borrows(ty))
        {
            let lending = names::fresh(&names::longer(&name, "_with"), &mut taken);
            code.gap();
            emitter.lending(code, &names::escape(&lending));
        }
    }
    code.close("}");
}

struct Emitter<'a> {
    scope: &'a Scope<'a>,
    idl: Idl,
    descriptor: &'a str,
    index: usize,
    call: &'a Flat<'a>,
    name: String,
}

impl Emitter<'_> {
    fn parameters(&self) -> Vec<String> {
        let mut parameters = vec!["&self".to_owned()];
        parameters.extend(self.call.method.arguments.iter().map(|field| {
            let ty = parameter_type(self.scope, &field.ty, "", Lifetime::Elided);
            format!("{}: {ty}", names::escape(&field.rust))
        }));
        parameters
    }

    /// Sends the call; `what` is the client's function.
    fn send(&self, code: &mut Code, prefix: &str, what: &str, suffix: &str) {
        let call = match self.idl {
            Idl::Protobuf => self.message(),
            Idl::Thrift => self.arguments(code),
        };
        let links = [
            ".client".to_owned(),
            format!(".{what}(&{}, {}, &{call})", self.descriptor, self.index),
            format!(".await{suffix}"),
        ];
        let end = if prefix.is_empty() { "" } else { ";" };
        code.chain(prefix, "self", &links, end);
    }

    /// The request as a payload.
    fn message(&self) -> String {
        let body = self.scope.outer("::codec::protobuf", "Body");
        let requests = self.call.method.arguments.iter();
        let names: Vec<String> = requests.map(|field| names::escape(&field.rust)).collect();
        format!("{body}({})", names.join(", "))
    }

    /// A local variable that holds the arguments.
    fn arguments(&self, code: &mut Code) -> String {
        let method = self.call.method;
        let call_type = self.scope.path_to(self.call.module, &method.call_type);
        let call = super::local(method, "call");
        let members: Vec<String> = method
            .arguments
            .iter()
            .map(|field| names::escape(&field.rust))
            .collect();
        code.literal(&format!("let {call} = {call_type} "), &members, ";");
        call
    }

    fn oneway(&self, code: &mut Code) {
        let status = self.scope.outer("::rpc", "Status");
        let result = self.scope.std("Result");
        code.open_fn(
            &format!("pub async fn {}", self.name),
            &self.parameters(),
            &format!("{result}<(), {status}>"),
        );
        self.send(code, "", "send_oneway", "");
        code.close("}");
    }

    fn owned(&self, code: &mut Code) {
        let method = self.call.method;
        let value = value_type(self.scope, method, Lifetime::Static);
        let error = error_type(self.scope, method, self.call.module, Lifetime::Static);
        let result = self.scope.std("Result");
        code.open_fn(
            &format!("pub async fn {}", self.name),
            &self.parameters(),
            &format!("{result}<{value}, {error}>"),
        );
        let own = method
            .result
            .as_ref()
            .map_or("", |ty| owned::call_on(self.scope, ty));
        self.body(code, &format!("value{own}"));
        code.close("}");
    }

    fn lending(&self, code: &mut Code, name: &str) {
        let method = self.call.method;
        let value = value_type(self.scope, method, Lifetime::Elided);
        let error = error_type(self.scope, method, self.call.module, Lifetime::Static);
        let result = self.scope.std("Result");
        let (output, fn_once) = (self.scope.type_parameter("T"), self.scope.std("FnOnce"));
        let read = super::local(method, "read");
        let mut parameters = self.parameters();
        parameters.push(format!("{read}: impl {fn_once}({value}) -> {output}"));
        code.doc(&format!(
            "As `{}`, but lends the reply to `{read}` and copies nothing.",
            self.name
        ));
        code.open_fn(
            &format!("pub async fn {name}<{output}>"),
            &parameters,
            &format!("{result}<{output}, {error}>"),
        );
        self.body(code, &format!("{read}(value)"));
        code.close("}");
    }

    /// Call, decode, and the outcome as a `Result` with the expression `taken` for its value.
    fn body(&self, code: &mut Code, taken: &str) {
        let method = self.call.method;
        let reply = super::local(method, "reply");
        self.send(code, &format!("let {reply} = "), "call", "?");
        let decoded = format!("{reply}.decode()?");
        if self.idl == Idl::Protobuf {
            let body = self.scope.outer("::codec::protobuf", "Body");
            let ty = value_type(self.scope, method, Lifetime::Elided);
            code.assign(&format!("let {body}(value): {body}<{ty}>"), &decoded);
            return code.line(format!("{}({taken})", self.scope.std("Ok")));
        }
        let path = self.scope.path_to(self.call.module, &method.result_type);
        let ok = self.scope.std("Ok");
        if method.throws.is_empty() {
            let (pattern, taken) = match method.result {
                Some(_) => (format!("{path}::Success(value)"), taken),
                None => (format!("{path}::Success"), "()"),
            };
            code.assign(&format!("let {pattern}"), &decoded);
            return code.line(format!("{ok}({taken})"));
        }
        let outcome = super::local(method, "outcome");
        let borrows = outcome_borrows(self.scope, method);
        let ty = method_type(
            self.scope,
            self.call.module,
            &method.result_type,
            borrows,
            Lifetime::Elided,
        );
        code.assign(&format!("let {outcome}: {ty}"), &decoded);
        let own = if error_borrows(self.scope, method) {
            ".into_owned()"
        } else {
            ""
        };
        code.open(format!("match {outcome}.into_result() {{"));
        code.line(format!("{ok}(value) => {ok}({taken}),"));
        let err = self.scope.std("Err");
        code.line(format!("{err}(error) => {err}(error{own}),"));
        code.close("}");
    }
}
