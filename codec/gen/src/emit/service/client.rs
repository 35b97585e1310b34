//! The client: a method per method, and one that lends the reply instead of copying it.

use std::collections::BTreeSet;

use super::call::parameter_type;
use super::{Flat, error_type, method_doc, method_type, outcome_borrows, value_type};
use crate::emit::code::Code;
use crate::emit::scope::Scope;
use crate::emit::types::Lifetime;
use crate::ir::{Item, Service};
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
    code.open(format!("pub struct {client} {{"));
    code.line(format!("client: {client_type},"));
    code.close("}");
    code.gap();
    code.open(format!("impl {client} {{"));
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
            let lending = names::fresh(&format!("{name}_with"), &mut taken);
            code.gap();
            emitter.lending(code, &names::escape(&lending));
        }
    }
    code.close("}");
}

struct Emitter<'a> {
    scope: &'a Scope<'a>,
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

    /// Sends the call; the local `call` holds the arguments, `what` is the client's function.
    fn send(&self, code: &mut Code, prefix: &str, what: &str, suffix: &str) {
        let method = self.call.method;
        let call_type = self.scope.path_to(self.call.module, &method.call_type);
        let call = super::local(method, "call");
        let members: Vec<String> = method
            .arguments
            .iter()
            .map(|field| names::escape(&field.rust))
            .collect();
        code.literal(&format!("let {call} = {call_type} "), &members, ";");
        let links = [
            ".client".to_owned(),
            format!(".{what}(&{}, {}, &{call})", self.descriptor, self.index),
            format!(".await{suffix}"),
        ];
        let end = if prefix.is_empty() { "" } else { ";" };
        code.chain(prefix, "self", &links, end);
    }

    fn oneway(&self, code: &mut Code) {
        let status = self.scope.outer("::rpc", "Status");
        let result = self.scope.std("Result");
        code.signature(
            &format!("pub async fn {}", self.name),
            &self.parameters(),
            &format!(" -> {result}<(), {status}> {{"),
        );
        self.send(code, "", "send_oneway", "");
        code.close("}");
    }

    fn owned(&self, code: &mut Code) {
        let method = self.call.method;
        let value = value_type(self.scope, method, Lifetime::Static);
        let error = error_type(self.scope, method, self.call.module, Lifetime::Static);
        let result = self.scope.std("Result");
        code.signature(
            &format!("pub async fn {}", self.name),
            &self.parameters(),
            &format!(" -> {result}<{value}, {error}> {{"),
        );
        let own = method
            .result
            .as_ref()
            .is_some_and(|ty| self.scope.borrows(ty));
        self.body(code, |value| {
            if own {
                format!("{value}.into_owned()")
            } else {
                value.to_owned()
            }
        });
        if own {
            self.scope.outer_trait("::codec", "IntoOwned");
        }
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
            "As [`{}`](Self::{0}), but lends the reply to `{read}` and copies nothing.",
            self.name
        ));
        code.signature(
            &format!("pub async fn {name}<{output}>"),
            &parameters,
            &format!(" -> {result}<{output}, {error}> {{"),
        );
        self.body(code, |value| format!("{read}({value})"));
        code.close("}");
    }

    /// Call, decode, and the outcome as a `Result`, its value through `take`.
    fn body(&self, code: &mut Code, take: impl Fn(&str) -> String) {
        let method = self.call.method;
        let reply = super::local(method, "reply");
        self.send(code, &format!("let {reply} = "), "call", "?");
        let outcome_path = self.scope.path_to(self.call.module, &method.result_type);
        let outcome_type = method_type(
            self.scope,
            self.call.module,
            &method.result_type,
            outcome_borrows(self.scope, method),
            Lifetime::Elided,
        );
        let (ok, err) = (self.scope.std("Ok"), self.scope.std("Err"));
        if method.throws.is_empty() {
            return self.only_value(
                code,
                &outcome_path,
                &format!("{reply}.decode()?"),
                &take("value"),
            );
        }
        let outcome = super::local(method, "outcome");
        code.assign(
            &format!("let {outcome}: {outcome_type}"),
            &format!("{reply}.decode()?"),
        );
        code.open(format!("match {outcome} {{"));
        match method.result {
            Some(_) => code.arm(
                &format!("{outcome_path}::Success(value)"),
                &format!("{ok}({})", take("value")),
            ),
            None => code.arm(&format!("{outcome_path}::Success"), &format!("{ok}(())")),
        }
        let error_path = self.scope.path_to(self.call.module, &method.error_type);
        for field in &method.throws {
            let variant = names::escape(&field.rust);
            let own = if self.scope.borrows(&field.ty) {
                ".into_owned()"
            } else {
                ""
            };
            code.arm(
                &format!("{outcome_path}::{variant}(error)"),
                &format!("{err}({error_path}::{variant}(error{own}))"),
            );
        }
        code.close("}");
    }

    /// The end of a method that declares no exceptions: there is one thing that the outcome can be.
    fn only_value(&self, code: &mut Code, outcome: &str, decoded: &str, value: &str) {
        let ok = self.scope.std("Ok");
        if self.call.method.result.is_some() {
            code.assign(&format!("let {outcome}::Success(value)"), decoded);
            code.line(format!("{ok}({value})"));
        } else {
            code.assign(&format!("let {outcome}::Success"), decoded);
            code.line(format!("{ok}(())"));
        }
    }
}
