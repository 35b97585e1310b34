//! Oneofs: an enum with a variant per field; a message holds it in an `Option`.

use super::decode::unit_result;
use super::encode;
use super::layout::{arm, assigning_arm};
use super::message::field_doc;
use super::types::tag;
use crate::emit::code::Code;
use crate::emit::scope::Scope;
use crate::emit::types::Lifetime;
use crate::emit::{doc, owned};
use crate::ir::ItemId;
use crate::names;
use crate::proto::analyze::field_checks;
use crate::proto::model::{Field, Oneof, Type};

pub(in crate::emit) fn emit(code: &mut Code, scope: &Scope<'_>, id: ItemId, oneof: &Oneof) {
    let item = scope.program.item(id);
    let emitter = Emitter {
        scope,
        id,
        name: names::escape(&item.rust),
        oneof,
        borrows: scope.item_borrows(id),
    };
    let fallback = format!("One of the fields of `{}`.", oneof.full_name);
    doc::emit(code, item.doc.as_deref(), &fallback, None);
    emitter.definition(code);
    emitter.owned(code);
    emitter.decode(code);
    emitter.encode(code);
}

struct Emitter<'a> {
    scope: &'a Scope<'a>,
    id: ItemId,
    name: String,
    oneof: &'a Oneof,
    borrows: bool,
}

impl Emitter<'_> {
    fn definition(&self, code: &mut Code) {
        code.line("#[derive(Clone, Debug, PartialEq)]");
        let generics = if self.borrows { "<'a>" } else { "" };
        code.open(format!("pub enum {}{generics} {{", self.name));
        for field in &self.oneof.fields {
            field_doc(code, field);
            let mut ty = self.scope.proto_type(&field.ty, Lifetime::Named);
            if field.boxed {
                ty = format!("{}<{ty}>", self.scope.std("Box"));
            }
            code.call(&names::escape(&field.rust), &[ty], ",");
        }
        code.close("}");
    }

    fn ty(&self, lifetime: Lifetime) -> String {
        self.scope.item_type(self.id, lifetime)
    }

    fn owned(&self, code: &mut Code) {
        if !self.borrows {
            return owned::own_itself(code, self.scope, &self.name);
        }
        let (elided, owned_type) = (self.ty(Lifetime::Elided), self.ty(Lifetime::Static));
        owned::open(code, &elided, &owned_type);
        code.open("match self {");
        for field in &self.oneof.fields {
            let own = if field.ty.borrows() {
                ".into_owned()"
            } else {
                ""
            };
            if field.boxed {
                self.scope.methods_of("::codec", "IntoOwned");
            }
            let variant = names::escape(&field.rust);
            code.arm(
                &format!("Self::{variant}(value)"),
                &format!("{}::{variant}(value{own})", self.name),
            );
        }
        code.close("}");
        code.close("}");
        code.close("}");
        owned::delegate(code, self.scope, &elided, &owned_type);
    }

    fn decode(&self, code: &mut Code) {
        let scope = self.scope;
        let what = scope.outer("::codec::protobuf", "Oneof");
        let reader = scope.outer("::codec::protobuf", "Reader");
        let unknown = scope.outer("::codec::protobuf", "UnknownFields");
        code.gap();
        code.open_impl("<'a>", &format!("{what}<'a>"), &self.ty(Lifetime::Named));
        let parameters = [
            "tag: u32".to_owned(),
            format!("slot: &mut {}<Self>", scope.std("Option")),
            format!("r: &mut {reader}<'a>"),
            format!("unknown: &mut {unknown}<'a>"),
        ];
        code.open_fn("fn merge", &parameters, &unit_result(scope));
        code.open("match tag {");
        for field in &self.oneof.fields {
            self.decode_arm(code, field);
        }
        code.line("_ => r.unknown(tag, unknown).map(drop)?,");
        code.close("}");
        code.line(format!("{}(())", scope.std("Ok")));
        code.close("}");
        if self.oneof.checks_required {
            code.gap();
            self.check_required(code);
        }
        code.close("}");
    }

    fn decode_arm(&self, code: &mut Code, field: &Field) {
        let some = self.scope.std("Some");
        let variant = names::escape(&field.rust);
        let tag = tag(field).to_string();
        match field.ty {
            Type::Group(_) | Type::Message(_) => {
                let (merge, read) = match field.ty {
                    Type::Group(_) => (
                        format!("r.merge_group({}, value, false)?", field.number),
                        format!("r.read_group({})?", field.number),
                    ),
                    _ => (
                        "r.merge_message(value, false)?".to_owned(),
                        format!("r.read::<{}>()?", self.scope.wire(&field.ty)),
                    ),
                };
                code.open(format!("{tag} => match slot {{"));
                arm(code, &format!("{some}(Self::{variant}(value))"), &merge);
                assigning_arm(
                    code,
                    "_",
                    "*slot",
                    &format!("{some}(Self::{variant}({read}))"),
                );
                code.close("},");
            }
            _ if self.scope.is_closed(&field.ty) => {
                code.open(format!("{tag} => {{"));
                code.open(format!("if let {some}(value) = r.closed(tag, unknown)? {{"));
                code.line(format!("*slot = {some}(Self::{variant}(value));"));
                code.close("}");
                code.close("}");
            }
            _ => {
                let read = format!("r.read::<{}>()?", self.scope.wire(&field.ty));
                assigning_arm(
                    code,
                    &tag,
                    "*slot",
                    &format!("{some}(Self::{variant}({read}))"),
                );
            }
        }
    }

    fn check_required(&self, code: &mut Code) {
        self.scope.methods_of("::codec::protobuf", "Decode");
        code.open_fn(
            "fn check_required",
            &["&self".to_owned()],
            &unit_result(self.scope),
        );
        code.open("match self {");
        let fields = &self.oneof.fields;
        let checked = |field: &&Field| field_checks(self.scope.program, field);
        for field in fields.iter().filter(checked) {
            let variant = names::escape(&field.rust);
            arm(
                code,
                &format!("Self::{variant}(value)"),
                "value.check_required()",
            );
        }
        if !fields.iter().all(|field| checked(&field)) {
            code.line(format!("_ => {}(()),", self.scope.std("Ok")));
        }
        code.close("}");
        code.close("}");
    }

    fn encode(&self, code: &mut Code) {
        encode::open(code, self.scope, &self.ty(Lifetime::Elided));
        code.open("match self {");
        for field in &self.oneof.fields {
            let pattern = format!("Self::{}(value)", names::escape(&field.rust));
            let tag = tag(field);
            let write = match field.ty {
                Type::Group(_) => format!("s.fields({tag}, value)"),
                _ => format!("s.field::<{}>({tag}, value)", self.scope.wire(&field.ty)),
            };
            code.arm(&pattern, &write);
        }
        code.close("}");
        code.close("}");
        code.close("}");
    }
}
