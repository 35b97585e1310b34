//! What a method comes to: the struct of the reply, and the error that holds its declared exceptions.
//!
//! On the wire the outcome is a struct: field 0 is the value, the others are the declared exceptions; one of them is set, or
//! none for a `void` that went well.

use super::{error_borrows, error_type, outcome_borrows, value_type};
use crate::emit::code::Code;
use crate::emit::coding::{expect, open_decode, open_encode};
use crate::emit::doc;
use crate::emit::owned;
use crate::emit::scope::Scope;
use crate::emit::types::Lifetime;
use crate::ir::{Field, Item, Method};
use crate::names;

pub(super) fn emit(code: &mut Code, scope: &Scope<'_>, item: &Item, method: &Method) {
    if method.oneway {
        return;
    }
    let outcome = Outcome {
        scope,
        item,
        method,
        borrows: outcome_borrows(scope, method),
    };
    outcome.definition(code);
    outcome.decode(code);
    outcome.encode(code);
    if !method.throws.is_empty() {
        outcome.conversions(code);
        outcome.error(code);
        outcome.error_owned(code);
        outcome.error_conversions(code);
        outcome.error_traits(code);
    }
}

struct Outcome<'a> {
    scope: &'a Scope<'a>,
    item: &'a Item,
    method: &'a Method,
    borrows: bool,
}

impl Outcome<'_> {
    fn ty(&self, lifetime: Lifetime) -> String {
        let name = names::escape(&self.method.result_type);
        if self.borrows {
            format!("{name}<{}>", lifetime.text())
        } else {
            name
        }
    }

    fn error_ty(&self, lifetime: Lifetime) -> String {
        error_type(self.scope, self.method, self.item.module, lifetime)
    }

    fn full_name(&self) -> String {
        format!("{}.{}", self.item.name, self.method.name)
    }

    fn throws(&self) -> impl Iterator<Item = (&Field, String)> {
        let fields = self.method.throws.iter();
        fields.map(|field| (field, names::escape(&field.rust)))
    }

    fn definition(&self, code: &mut Code) {
        code.gap();
        code.doc(&format!("What `{}` replies.", self.full_name()));
        code.line("#[derive(Clone, Debug, PartialEq)]");
        let generics = if self.borrows { "<'a>" } else { "" };
        code.open_item(&format!(
            "pub enum {}{generics} {{",
            names::escape(&self.method.result_type)
        ));
        code.doc("The method's value.");
        match &self.method.result {
            Some(ty) => code.variant("Success", &self.scope.ty(ty, Lifetime::Named)),
            None => code.line("Success,"),
        }
        self.exception_variants(code);
        code.close("}");
    }

    fn exception_variants(&self, code: &mut Code) {
        for (field, variant) in self.throws() {
            let fallback = format!("Declared exception {}, `{}`.", field.id, field.name);
            doc::emit(code, field.doc.as_deref(), &fallback, None);
            code.variant(&variant, &self.scope.ty(&field.ty, Lifetime::Named));
        }
    }

    /// `new` and `into_result`: from what the handler returned, and to what the client returns.
    fn conversions(&self, code: &mut Code) {
        let generics = if self.borrows { "<'a>" } else { "" };
        let status = self.scope.outer("::rpc", "Status");
        let (result, ok) = (self.scope.std("Result"), self.scope.std("Ok"));
        let (value, error) = (
            value_type(self.scope, self.method, Lifetime::Named),
            self.error_ty(Lifetime::Named),
        );
        let plain = format!("{result}<{value}, {error}>");
        let (inner, success) = match self.method.result {
            Some(_) => ("value", "Self::Success(value)"),
            None => ("()", "Self::Success"),
        };
        code.gap();
        code.open_item(&format!("impl{generics} {} {{", self.ty(Lifetime::Named)));
        code.doc("The reply for what the handler returned; an error that is no declared exception stays one.");
        code.open_fn(
            "pub fn new",
            &[format!("outcome: {plain}")],
            &format!("{result}<Self, {status}>"),
        );
        code.open("match outcome {");
        code.line(format!("{ok}({inner}) => {ok}({success}),"));
        let (error_name, err) = (
            names::escape(&self.method.error_type),
            self.scope.std("Err"),
        );
        for (_, variant) in self.throws() {
            let pattern = format!("{err}({error_name}::{variant}(error))");
            code.arm(&pattern, &format!("{ok}(Self::{variant}(error))"));
        }
        code.arm(
            &format!("{err}({error_name}::Status(status))"),
            &format!("{err}(status)"),
        );
        code.close("}");
        code.close("}");
        code.gap();
        code.doc("The method's value, or the declared exception.");
        code.open_fn("pub fn into_result", &["self".to_owned()], &plain);
        code.open("match self {");
        code.line(format!("{success} => {ok}({inner}),"));
        for (_, variant) in self.throws() {
            // In steps: the variant's full name may fill a line.
            code.open(format!("Self::{variant}(error) => {{"));
            code.assign("let error", &format!("{error_name}::{variant}(error)"));
            code.line(format!("{err}(error)"));
            code.close("}");
        }
        code.close("}");
        code.close("}");
        code.close("}");
    }

    fn decode(&self, code: &mut Code) {
        let (some, none) = (self.scope.std("Some"), self.scope.std("None"));
        let ok = self.scope.std("Ok");
        open_decode(code, self.scope, &self.ty(Lifetime::Named), "r", false);
        match self.method.result {
            Some(_) => code.line(format!("let mut outcome = {none};")),
            None if self.method.throws.is_empty() => {}
            None => code.line("let mut outcome = Self::Success;"),
        }
        code.line("r.struct_begin()?;");
        code.open(format!("while let {some}(field) = r.field()? {{"));
        if self.method.result.is_none() && self.method.throws.is_empty() {
            code.line("r.skip(field.kind)?;");
        } else {
            code.open("match (field.id, field.kind) {");
            if let Some(ty) = &self.method.result {
                let pattern = format!("(0, {})", self.scope.kind(ty));
                let read = self.scope.read(ty, false, "r");
                self.decode_arm(code, &pattern, &format!("Self::Success({read})"));
            }
            for (field, variant) in self.throws() {
                let pattern = format!("({}, {})", field.id, self.scope.kind(&field.ty));
                let read = self.scope.read(&field.ty, false, "r");
                self.decode_arm(code, &pattern, &format!("Self::{variant}({read})"));
            }
            code.line("_ => r.skip(field.kind)?,");
            code.close("}");
        }
        code.close("}");
        code.line("r.struct_end();");
        match self.method.result {
            Some(_) => self.required_outcome(code),
            None if self.method.throws.is_empty() => code.line(format!("{ok}(Self::Success)")),
            None => code.line(format!("{ok}(outcome)")),
        }
        code.close("}");
        code.close("}");
    }

    fn decode_arm(&self, code: &mut Code, pattern: &str, value: &str) {
        let value = match self.method.result {
            Some(_) => format!("{}({value})", self.scope.std("Some")),
            None => value.to_owned(),
        };
        code.assigning_arm(pattern, "outcome", &value);
    }

    fn required_outcome(&self, code: &mut Code) {
        let name = format!("{}.success", self.full_name());
        expect(code, self.scope, "outcome", "missing_field", &name);
        code.line(format!("{}(outcome)", self.scope.std("Ok")));
    }

    fn encode(&self, code: &mut Code) {
        open_encode(code, self.scope, &self.ty(Lifetime::Elided), "w");
        code.line("w.struct_begin();");
        code.open("match self {");
        match &self.method.result {
            Some(ty) => {
                code.open("Self::Success(value) => {");
                self.scope.write_field(code, (ty, 0), "value", true);
                code.close("}");
            }
            None => code.line("Self::Success => {}"),
        }
        for (field, variant) in self.throws() {
            code.open(format!("Self::{variant}(error) => {{"));
            self.scope
                .write_field(code, (&field.ty, field.id), "error", true);
            code.close("}");
        }
        code.close("}");
        code.line("w.struct_end();");
        code.close("}");
        code.close("}");
    }

    fn error(&self, code: &mut Code) {
        let status = self.scope.outer("::rpc", "Status");
        code.gap();
        code.doc(&format!(
            "How `{}` fails: a declared exception, or anything else.",
            self.full_name()
        ));
        code.line("#[derive(Debug)]");
        let generics = if error_borrows(self.scope, self.method) {
            "<'a>"
        } else {
            ""
        };
        code.open_item(&format!(
            "pub enum {}{generics} {{",
            names::escape(&self.method.error_type)
        ));
        self.exception_variants(code);
        code.doc("No declared exception.");
        code.line(format!("Status({status}),"));
        code.close("}");
    }

    fn error_owned(&self, code: &mut Code) {
        if !error_borrows(self.scope, self.method) {
            return;
        }
        let (elided, owned) = (
            self.error_ty(Lifetime::Elided),
            self.error_ty(Lifetime::Static),
        );
        let name = names::escape(&self.method.error_type);
        owned::open(code, &elided, &owned);
        code.open("match self {");
        for (field, variant) in self.throws() {
            let own = owned::call(self.scope, field);
            let constructor = format!("{name}::{variant}");
            code.owning_arm(&format!("Self::{variant}"), "error", &constructor, own);
        }
        code.arm("Self::Status(status)", &format!("{name}::Status(status)"));
        code.close("}");
        code.close("}");
        code.close("}");
    }

    /// `From` of each exception and of the status, so that `?` works.
    fn error_conversions(&self, code: &mut Code) {
        let from = self.scope.std("From");
        let generics = if error_borrows(self.scope, self.method) {
            "<'a>"
        } else {
            ""
        };
        let mut sources: Vec<(String, String, &str)> = Vec::new();
        for (field, variant) in self.throws() {
            let ty = self
                .scope
                .ty(self.scope.program.resolve(&field.ty), Lifetime::Named);
            if !sources.iter().any(|(known, ..)| *known == ty) {
                sources.push((ty, variant, "error"));
            }
        }
        let status = self.scope.outer("::rpc", "Status");
        sources.push((status, "Status".to_owned(), "status"));
        for (source, variant, name) in sources {
            code.gap();
            let lifetime = if source.ends_with("<'a>") || variant != "Status" {
                generics
            } else {
                ""
            };
            let error = if lifetime.is_empty() {
                self.error_ty(Lifetime::Elided)
            } else {
                self.error_ty(Lifetime::Named)
            };
            code.open_impl(lifetime, &format!("{from}<{source}>"), &error);
            code.open_fn("fn from", &[format!("{name}: {source}")], "Self");
            code.line(format!("Self::{variant}({name})"));
            code.close("}");
            code.close("}");
        }
    }

    fn error_traits(&self, code: &mut Code) {
        let error = self.error_ty(Lifetime::Elided);
        code.gap();
        code.open_impl("", "::core::fmt::Display", &error);
        code.open("fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {");
        code.open("match self {");
        for (_, variant) in self.throws() {
            code.arm(
                &format!("Self::{variant}(error)"),
                "::core::fmt::Display::fmt(error, f)",
            );
        }
        code.line("Self::Status(status) => ::core::fmt::Display::fmt(status, f),");
        code.close("}");
        code.close("}");
        code.close("}");
        code.gap();
        code.empty_impl("::core::error::Error", &error);
    }
}
