//! Structs and exceptions.

use std::collections::BTreeSet;

use super::code::{CALL_WIDTH_MAX, Code, width};
use super::doc;
use super::scope::Scope;
use super::types::Lifetime;
use super::value;
use crate::ir::{Field, Item, ItemId, ItemKind, Message, Presence};
use crate::names;

pub(super) fn emit(code: &mut Code, scope: &Scope<'_>, id: ItemId, message: &Message) {
    let item = scope.program.item(id);
    let what = if message.is_exception {
        "Exception"
    } else {
        "Struct"
    };
    let fallback = format!("{what} `{}`.", item.name);
    doc::emit(
        code,
        item.doc.as_deref(),
        &fallback,
        item.deprecated.as_deref(),
    );
    let shape = Shape {
        name: names::escape(&item.rust),
        idl_name: item.name.clone(),
        fields: &message.fields,
        borrows: message.borrows,
    };
    shape.emit(code, scope);
    if message.is_exception {
        exception(code, scope, item, &shape);
    }
}

/// A struct to be generated: a message of the IDL, or the arguments of a method.
pub(super) struct Shape<'a> {
    pub(super) name: String,
    pub(super) idl_name: String,
    pub(super) fields: &'a [Field],
    pub(super) borrows: bool,
}

impl Shape<'_> {
    /// The struct and its implementations, all but the documentation above it.
    fn emit(&self, code: &mut Code, scope: &Scope<'_>) {
        self.definition(code, scope);
        self.default(code, scope);
        self.owned(code, scope);
        self.decode(code, scope);
        self.encode(code, scope);
    }

    /// A struct that is only ever decoded.
    pub(super) fn emit_received(&self, code: &mut Code, scope: &Scope<'_>) {
        self.definition(code, scope);
        self.default(code, scope);
        self.decode(code, scope);
    }

    fn generics(&self) -> &'static str {
        if self.borrows { "<'a>" } else { "" }
    }

    /// The type's name with a lifetime, if it has one.
    pub(super) fn ty(&self, lifetime: Lifetime) -> String {
        if self.borrows {
            format!("{}<{}>", self.name, lifetime.text())
        } else {
            self.name.clone()
        }
    }

    fn definition(&self, code: &mut Code, scope: &Scope<'_>) {
        let default = if self.has_plain_default() {
            "Default, "
        } else {
            ""
        };
        code.line(format!("#[derive(Clone, Debug, {default}PartialEq)]"));
        if self.fields.is_empty() {
            return code.line(format!("pub struct {} {{}}", self.name));
        }
        code.open(format!("pub struct {}{} {{", self.name, self.generics()));
        for field in self.fields {
            let fallback = format!("Field {}, `{}`.", field.id, field.name);
            doc::emit(code, field.doc.as_deref(), &fallback, None);
            let name = format!("pub {}", names::escape(&field.rust));
            code.member(&name, &scope.field_type(field, Lifetime::Named));
        }
        code.close("}");
    }

    fn has_plain_default(&self) -> bool {
        self.fields.iter().all(|field| field.default.is_none())
    }

    /// `Default`, where the IDL has defaults, and the functions that build the large ones.
    fn default(&self, code: &mut Code, scope: &Scope<'_>) {
        if self.has_plain_default() {
            return;
        }
        let large: Vec<&Field> = self
            .fields
            .iter()
            .filter(|field| has_large_default(field))
            .collect();
        if !large.is_empty() {
            code.gap();
            code.open(format!("impl {} {{", self.ty(Lifetime::Elided)));
            for field in large {
                code.gap();
                let ty = scope.ty(&field.ty, Lifetime::Static);
                code.signature(
                    &format!("fn default_{}", field.rust),
                    &[],
                    &format!(" -> {ty} {{"),
                );
                if let Some(default) = &field.default {
                    value::emit_built(code, scope, default, &field.ty, None);
                }
                code.close("}");
            }
            code.close("}");
        }
        code.gap();
        code.open_impl("", &scope.std("Default"), &self.ty(Lifetime::Elided));
        code.open("fn default() -> Self {");
        code.open("Self {");
        for field in self.fields {
            let name = names::escape(&field.rust);
            code.line(format!("{name}: {},", initial_value(scope, field)));
        }
        code.close("}");
        code.close("}");
        code.close("}");
    }

    fn owned(&self, code: &mut Code, scope: &Scope<'_>) {
        if !self.borrows {
            return own_itself(code, scope, &self.name);
        }
        let trait_name = scope.outer_trait("::codec", "IntoOwned");
        let (elided, owned) = (self.ty(Lifetime::Elided), self.ty(Lifetime::Static));
        code.gap();
        code.open(format!("impl {elided} {{"));
        code.doc("The same value, independent of the frame it was decoded from.");
        code.signature(
            "pub fn into_owned",
            &["self".to_owned()],
            &format!(" -> {owned} {{"),
        );
        code.open(format!("{} {{", self.name));
        for field in self.fields {
            let name = names::escape(&field.rust);
            let own = if scope.borrows(&field.ty) {
                ".into_owned()"
            } else {
                ""
            };
            let one_line = format!("{name}: self.{name}{own},");
            // rustfmt breaks chains of two links that are wider than this.
            if width(&one_line) - width(&name) - 3 <= CALL_WIDTH_MAX || own.is_empty() {
                code.line(one_line);
            } else {
                code.open(format!("{name}: self"));
                code.line(format!(".{name}"));
                code.line(format!("{own},"));
                code.unindent();
            }
        }
        code.close("}");
        code.close("}");
        code.close("}");
        code.gap();
        code.open_impl("", &trait_name, &elided);
        code.assign("type Owned", &owned);
        code.line("");
        code.signature(
            "fn into_owned",
            &["self".to_owned()],
            &format!(" -> {owned} {{"),
        );
        code.line("self.into_owned()");
        code.close("}");
        code.close("}");
    }

    fn decode(&self, code: &mut Code, scope: &Scope<'_>) {
        let locals = Locals::new(self.fields);
        let (r, field_local) = (&locals.stream, &locals.field);
        open_decode(code, scope, &self.ty(Lifetime::Named), r);
        for field in self.fields {
            let initial = match (field.presence, &field.default) {
                (Presence::Implicit, None) if !is_struct(scope, field) => {
                    initial_value(scope, field)
                }
                (Presence::Implicit | Presence::Optional, Some(_)) if !has_large_default(field) => {
                    initial_value(scope, field)
                }
                _ => scope.std("None"),
            };
            code.assign(&format!("let mut {}", names::escape(&field.rust)), &initial);
        }
        code.line(format!("{r}.struct_begin()?;"));
        let some = scope.std("Some");
        code.open(format!("while let {some}({field_local}) = {r}.field()? {{"));
        if self.fields.is_empty() {
            code.line(format!("{r}.skip({field_local}.kind)?;"));
        } else {
            code.open(format!("match ({field_local}.id, {field_local}.kind) {{"));
            for field in self.fields {
                self.decode_arm(code, scope, field, r);
            }
            code.line(format!("_ => {r}.skip({field_local}.kind)?,"));
            code.close("}");
        }
        code.close("}");
        code.line(format!("{r}.struct_end();"));
        self.decoded(code, scope);
        code.close("}");
        code.close("}");
    }

    fn decode_arm(&self, code: &mut Code, scope: &Scope<'_>, field: &Field, r: &str) {
        let pattern = format!("({}, {})", field.id, scope.kind(&field.ty));
        let mut read = if field.boxed {
            format!("{}::decode({r})?", scope.outer("::codec::thrift", "Decode"))
        } else {
            scope.read(&field.ty, r)
        };
        let is_option = field.presence != Presence::Implicit
            || has_large_default(field)
            || is_struct(scope, field);
        if is_option {
            read = format!("{}({read})", scope.std("Some"));
        }
        let name = names::escape(&field.rust);
        let line = format!("{pattern} => {name} = {read},");
        if code.fits(&line) {
            code.line(line);
        } else {
            code.open(format!("{pattern} => {{"));
            code.assign(&name, &read);
            code.close("}");
        }
    }

    /// The value out of the locals; fails when a required one is missing.
    fn decoded(&self, code: &mut Code, scope: &Scope<'_>) {
        let ok = scope.std("Ok");
        let mut members = Vec::new();
        for field in self.fields {
            members.push(self.decoded_member(code, scope, field));
        }
        code.literal(&format!("{ok}(Self "), &members, ")");
    }

    /// `name` or `name: expression` for the literal; what is too wide for that becomes a statement before it.
    fn decoded_member(&self, code: &mut Code, scope: &Scope<'_>, field: &Field) -> String {
        let name = names::escape(&field.rust);
        if field.presence == Presence::Required {
            let error = scope.outer("::codec", "DecodeError");
            let missing = format!(
                "{error}::missing_field(&\"{}.{}\")",
                self.idl_name, field.name
            );
            let member = format!("{name}: {name}.ok_or({missing})?");
            // One level deeper, and a comma behind it.
            if width(&missing) <= CALL_WIDTH_MAX && code.fits(&format!("    {member},")) {
                return member;
            }
            required(code, scope, &name, &missing);
        } else if has_large_default(field) {
            let default = format!("Self::default_{}", field.rust);
            let (method, argument) = match field.presence {
                Presence::Optional => ("or_else", format!("|| {}({default}())", scope.std("Some"))),
                _ => ("unwrap_or_else", default),
            };
            code.call(&format!("let {name} = {name}.{method}"), &[argument], ";");
        } else if field.presence == Presence::Implicit && is_struct(scope, field) {
            let default = format!("{name}.unwrap_or_default()");
            let member = format!("{name}: {default}");
            if code.fits(&format!("    {member},")) {
                return member;
            }
            code.assign(&format!("let {name}"), &default);
        }
        name
    }

    fn encode(&self, code: &mut Code, scope: &Scope<'_>) {
        let locals = Locals::new(&[]);
        let w = "w";
        open_encode(code, scope, &self.ty(Lifetime::Elided), w);
        code.line(format!("{w}.struct_begin();"));
        for field in self.fields {
            let name = format!("self.{}", names::escape(&field.rust));
            let head = format!("{w}.field({}, {});", scope.kind(&field.ty), field.id);
            if field.presence == Presence::Optional {
                let some = scope.std("Some");
                code.open(format!("if let {some}({}) = &{name} {{", locals.value));
                code.line(head);
                code.line(scope.write(&field.ty, &locals.value, true, w));
                code.close("}");
            } else {
                code.line(head);
                code.line(scope.write(&field.ty, &name, false, w));
            }
        }
        code.line(format!("{w}.struct_end();"));
        code.close("}");
        code.close("}");
    }
}

/// `let Some(name) = name else { return Err(missing) };` as wide as it gets.
fn required(code: &mut Code, scope: &Scope<'_>, name: &str, missing: &str) {
    let (some, err) = (scope.std("Some"), scope.std("Err"));
    let line = format!("let {some}({name}) = {name} else {{");
    if code.fits(&line) {
        code.open(line);
    } else {
        code.line(format!("let {some}({name}) = {name}"));
        code.open("else {");
    }
    return_error(code, &err, missing);
    code.close("};");
}

/// `return Err(error(argument));`, broken inside the inner call when too wide.
pub(super) fn return_error(code: &mut Code, err: &str, error: &str) {
    let line = format!("return {err}({error});");
    if width(error) <= CALL_WIDTH_MAX && code.fits(&line) {
        return code.line(line);
    }
    let (head, argument) = error.split_once('(').unwrap_or((error, ")"));
    let argument = argument.strip_suffix(')').unwrap_or(argument);
    code.open(format!("return {err}({head}("));
    code.line(format!("{argument},"));
    code.close("));");
}

/// `impl Decode for …` up to the body of its function.
pub(super) fn open_decode(code: &mut Code, scope: &Scope<'_>, ty: &str, r: &str) {
    let decode = scope.outer("::codec::thrift", "Decode");
    let reader = scope.outer("::codec::thrift", "Reader");
    let error = scope.outer("::codec", "DecodeError");
    let result = scope.std("Result");
    code.gap();
    code.open_impl("<'a>", &format!("{decode}<'a>"), ty);
    let parameters = [format!("{r}: &mut R")];
    let tail = format!(" -> {result}<Self, {error}> {{");
    code.signature(&format!("fn decode<R: {reader}<'a>>"), &parameters, &tail);
}

/// `impl Encode for …` up to the body of its function.
pub(super) fn open_encode(code: &mut Code, scope: &Scope<'_>, ty: &str, w: &str) {
    let encode = scope.outer_trait("::codec::thrift", "Encode");
    let writer = scope.outer("::codec::thrift", "Writer");
    code.gap();
    code.open_impl("", &encode, ty);
    code.open(format!("fn encode<W: {writer}>(&self, {w}: &mut W) {{"));
}

/// `IntoOwned` of a type that borrows nothing.
pub(super) fn own_itself(code: &mut Code, scope: &Scope<'_>, ty: &str) {
    let trait_name = scope.outer_trait("::codec", "IntoOwned");
    code.gap();
    code.open_impl("", &trait_name, ty);
    code.line("type Owned = Self;");
    code.line("");
    code.open("fn into_owned(self) -> Self {");
    code.line("self");
    code.close("}");
    code.close("}");
}

/// Names of a function's own variables that no field has.
struct Locals {
    stream: String,
    field: String,
    value: String,
}

impl Locals {
    fn new(fields: &[Field]) -> Locals {
        let mut taken: BTreeSet<String> = fields.iter().map(|field| field.rust.clone()).collect();
        Locals {
            stream: names::fresh("r", &mut taken),
            field: names::fresh("field", &mut taken),
            value: names::fresh("value", &mut taken),
        }
    }
}

/// Whether the default is built by statements, in a function of its own.
fn has_large_default(field: &Field) -> bool {
    field
        .default
        .as_ref()
        .is_some_and(|default| !value::is_simple(default))
}

/// Whether the field is a struct that is only made when it is missing, as its default takes work.
fn is_struct(scope: &Scope<'_>, field: &Field) -> bool {
    let item = scope.program.named(&field.ty);
    item.is_some_and(|item| matches!(item.kind, ItemKind::Message(_) | ItemKind::Union(_)))
}

/// The value a field has in a fresh struct.
fn initial_value(scope: &Scope<'_>, field: &Field) -> String {
    let Some(default) = &field.default else {
        return match field.presence {
            Presence::Optional => scope.std("None"),
            Presence::Implicit | Presence::Required => {
                format!("{}::default()", scope.std("Default"))
            }
        };
    };
    let mut text = if value::is_simple(default) {
        value::simple(scope, default, &field.ty)
    } else {
        format!("Self::default_{}()", field.rust)
    };
    if field.boxed {
        text = format!("{}::new({text})", scope.std("Box"));
    }
    if field.presence == Presence::Optional {
        text = format!("{}({text})", scope.std("Some"));
    }
    text
}

/// Exceptions are errors: their message is what they print.
fn exception(code: &mut Code, scope: &Scope<'_>, item: &Item, shape: &Shape<'_>) {
    let ty = shape.ty(Lifetime::Elided);
    code.gap();
    code.open_impl("", "::core::fmt::Display", &ty);
    code.open("fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {");
    let message = shape.fields.iter().find(|field| {
        matches!(field.name.to_ascii_lowercase().as_str(), "message" | "msg")
            && *scope.program.resolve(&field.ty) == crate::ir::Type::String
    });
    let name = &item.name;
    match message {
        Some(field) if field.presence == Presence::Optional => {
            let (some, none) = (scope.std("Some"), scope.std("None"));
            code.open(format!("match &self.{} {{", names::escape(&field.rust)));
            code.line(format!(
                "{some}(message) => write!(f, \"{name}: {{message}}\"),"
            ));
            code.line(format!("{none} => f.write_str(\"{name}\"),"));
            code.close("}");
        }
        Some(field) => {
            let message = names::escape(&field.rust);
            code.line(format!("write!(f, \"{name}: {{}}\", self.{message})"));
        }
        None => code.line("::core::fmt::Debug::fmt(self, f)"),
    }
    code.close("}");
    code.close("}");
    code.gap();
    let line = format!("impl ::core::error::Error for {ty} {{}}");
    code.line(line);
}
