//! Unions: an enum with a variant per field, and one for a field of a newer IDL.

use super::code::Code;
use super::coding::{boxed, expect, fail, open_decode, open_encode};
use super::doc;
use super::owned;
use super::scope::Scope;
use super::types::Lifetime;
use super::value;
use crate::ir::{ItemId, Union};
use crate::names;

pub(super) fn emit(code: &mut Code, scope: &Scope<'_>, id: ItemId, union: &Union) {
    let item = scope.program.item(id);
    let mut taken = union
        .fields
        .iter()
        .map(|field| field.rust.clone())
        .collect();
    let emitter = Emitter {
        scope,
        name: names::escape(&item.rust),
        idl_name: &item.name,
        union,
        unknown: names::fresh("Unknown", &mut taken),
    };
    let fallback = format!("Union `{}`.", item.name);
    doc::emit(
        code,
        item.doc.as_deref(),
        &fallback,
        item.deprecated.as_deref(),
    );
    emitter.definition(code);
    emitter.default(code);
    emitter.owned(code);
    emitter.decode(code);
    emitter.encode(code);
}

struct Emitter<'a> {
    scope: &'a Scope<'a>,
    name: String,
    idl_name: &'a str,
    union: &'a Union,
    /// The variant for a field without a name here.
    unknown: String,
}

impl Emitter<'_> {
    fn ty(&self, lifetime: Lifetime) -> String {
        if self.union.borrows {
            format!("{}<{}>", self.name, lifetime.text())
        } else {
            self.name.clone()
        }
    }

    fn definition(&self, code: &mut Code) {
        code.line("#[derive(Clone, Debug, PartialEq)]");
        let generics = if self.union.borrows { "<'a>" } else { "" };
        code.open_item(&format!("pub enum {}{generics} {{", self.name));
        for field in &self.union.fields {
            let fallback = format!("Field {}, `{}`.", field.id, field.name);
            doc::emit(code, field.doc.as_deref(), &fallback, None);
            let mut ty = self.scope.ty(&field.ty, Lifetime::Named);
            if field.boxed {
                ty = format!("{}<{ty}>", self.scope.std("Box"));
            }
            code.variant(&names::escape(&field.rust), &ty);
        }
        code.doc("A field that this IDL does not know, by id; 0 where nothing was set.");
        code.line("///");
        code.doc("Its value is not kept: it cannot be sent on, only noticed.");
        code.line(format!("{}(i16),", self.unknown));
        code.close("}");
    }

    fn default(&self, code: &mut Code) {
        let default = self.scope.std("Default");
        code.gap();
        code.open_impl("", &default, &self.ty(Lifetime::Elided));
        let with_default = self
            .union
            .fields
            .iter()
            .find_map(|field| Some((field, field.default.as_ref()?)));
        code.open("fn default() -> Self {");
        match with_default {
            Some((field, default)) => {
                let wrap = |text: &str| {
                    let value = boxed(self.scope, field, text);
                    format!("Self::{}({value})", names::escape(&field.rust))
                };
                value::emit_built(code, self.scope, default, &field.ty, Some(&wrap));
            }
            None => code.line(format!("Self::{}(0)", self.unknown)),
        }
        code.close("}");
        code.close("}");
    }

    fn owned(&self, code: &mut Code) {
        if !self.union.borrows {
            return owned::own_itself(code, self.scope, &self.name);
        }
        let (elided, owned) = (self.ty(Lifetime::Elided), self.ty(Lifetime::Static));
        owned::open(code, &elided, &owned);
        code.open("match self {");
        for field in &self.union.fields {
            let own = owned::call(self.scope, field);
            let variant = names::escape(&field.rust);
            let constructor = format!("{}::{variant}", self.name);
            code.owning_arm(&format!("Self::{variant}"), "value", &constructor, own);
        }
        let unknown = &self.unknown;
        code.arm(
            &format!("Self::{unknown}(id)"),
            &format!("{}::{unknown}(id)", self.name),
        );
        code.close("}");
        code.close("}");
        code.close("}");
        owned::delegate(code, self.scope, &elided, &owned);
    }

    fn decode(&self, code: &mut Code) {
        let (some, none) = (self.scope.std("Some"), self.scope.std("None"));
        open_decode(code, self.scope, &self.ty(Lifetime::Named), "r", false);
        code.line(format!("let mut value = {none};"));
        code.line("r.struct_begin()?;");
        code.open(format!("while let {some}(field) = r.field()? {{"));
        code.open("if value.is_some() {");
        fail(code, self.scope, "invalid_union", self.idl_name);
        code.close("}");
        code.open(format!("value = {some}(match (field.id, field.kind) {{"));
        for field in &self.union.fields {
            let read = self.scope.read(&field.ty, field.boxed, "r");
            let pattern = format!("({}, {})", field.id, self.scope.kind(&field.ty));
            let variant = names::escape(&field.rust);
            code.arm(&pattern, &format!("Self::{variant}({read})"));
        }
        code.open("_ => {");
        code.line("r.skip(field.kind)?;");
        code.line(format!("Self::{}(field.id)", self.unknown));
        code.close("}");
        code.close("});");
        code.close("}");
        code.line("r.struct_end();");
        expect(code, self.scope, "value", "invalid_union", self.idl_name);
        code.line(format!("{}(value)", self.scope.std("Ok")));
        code.close("}");
        code.close("}");
    }

    fn encode(&self, code: &mut Code) {
        open_encode(code, self.scope, &self.ty(Lifetime::Elided), "w");
        code.line("w.struct_begin();");
        code.open("match self {");
        for field in &self.union.fields {
            code.open(format!("Self::{}(value) => {{", names::escape(&field.rust)));
            self.scope
                .write_field(code, (&field.ty, field.id), "value", true);
            code.close("}");
        }
        code.line(format!("Self::{}(_) => {{}}", self.unknown));
        code.close("}");
        code.line("w.struct_end();");
        code.close("}");
        code.close("}");
    }
}
