//! IDL names → Rust names.
//!
//! Conversion follows Rust's conventions; two names that would become one are told apart by a trailing `_`. Within a scope
//! the names that need no conversion are given out first, so adding a badly spelled name never renames a good one, and the
//! rest in the order of the IDL: the result depends on nothing else.

use std::collections::BTreeSet;

use crate::ir::{Enum, Field, ItemId, ItemKind, ModuleId, Program, Service};
use crate::proto::model::{self, Member};
use crate::thrift::ast::Namespace;

/// Fills in every Rust name of the program.
pub(crate) fn assign(program: &mut Program) {
    for module in 0..program.modules.len() {
        assign_types(program, ModuleId(module));
        assign_constants(program, ModuleId(module));
    }
    for item in &mut program.items {
        match &mut item.kind {
            ItemKind::Message(message) => assign_fields(&mut message.fields, snake),
            ItemKind::Union(union) => assign_fields(&mut union.fields, camel),
            ItemKind::Enum(values) => assign_values(values),
            ItemKind::ProtoEnum(item) => assign_values(&mut item.values),
            ItemKind::ProtoMessage(message) => assign_members(message),
            ItemKind::ProtoOneof(oneof) => {
                let names = oneof.fields.iter().map(|field| &field.name);
                let names = unique(names, camel, &mut BTreeSet::new());
                for (field, rust) in oneof.fields.iter_mut().zip(names) {
                    field.rust = rust;
                }
            }
            ItemKind::Service(service) => assign_methods(service),
            ItemKind::Alias(_) | ItemKind::Const(_) => {}
        }
    }
    for index in 0..program.items.len() {
        assign_throws(program, ItemId(index));
    }
}

/// The path of the module for a file: of its `rs` namespace, else of the one for all languages, else of the first.
pub(crate) fn module_path(namespaces: &[Namespace], stem: &str) -> Vec<String> {
    let of = |language: &str| {
        namespaces
            .iter()
            .find(|namespace| namespace.language == language)
    };
    let chosen = of("rs").or_else(|| of("*")).or(namespaces.first());
    let dotted = chosen.map_or(stem, |namespace| namespace.name.text.as_str());
    let segments = dotted
        .split(['.', '/'])
        .filter(|segment| !segment.is_empty());
    segments.map(snake).collect()
}

/// The name as it is written in code: keywords become raw identifiers.
pub(crate) fn escape(name: &str) -> String {
    if KEYWORDS.contains(&name) {
        format!("r#{name}")
    } else {
        name.to_owned()
    }
}

/// `fooBar`, `FooBar`, `FOO_BAR`, `HTTPServer` → `foo_bar`, `foo_bar`, `foo_bar`, `http_server`.
pub(crate) fn snake(name: &str) -> String {
    allowed(words(name).join("_").to_lowercase())
}

/// `FOO_BAR`, for constants.
pub(crate) fn screaming(name: &str) -> String {
    words(name).join("_").to_uppercase()
}

/// `FooBar`, for types. Capitals in a row stay, unless the whole name is capitals with underscores.
pub(crate) fn camel(name: &str) -> String {
    let shouts = name.contains('_') && !name.contains(|char: char| char.is_ascii_lowercase());
    let parts = name.split(|char: char| !char.is_ascii_alphanumeric());
    let mut camel = String::new();
    for part in parts {
        let Some(first) = part.chars().next() else {
            continue;
        };
        // Two digits that touch would read as one number.
        if first.is_ascii_digit() && camel.ends_with(|char: char| char.is_ascii_digit()) {
            camel.push('_');
        }
        camel.push(first.to_ascii_uppercase());
        let rest = &part[1..];
        camel.push_str(&if shouts {
            rest.to_ascii_lowercase()
        } else {
            rest.to_owned()
        });
    }
    allowed(sound(camel, "N", "Unnamed"))
}

/// A name that is not in `taken`: `wish`, or `wish` with as many `_` as needed. It is taken from now on.
pub(crate) fn fresh(wish: &str, taken: &mut BTreeSet<String>) -> String {
    let mut name = wish.to_owned();
    while !taken.insert(name.clone()) {
        name.push('_');
    }
    name
}

/// A name with more behind it: without the `_` that told it apart, which in the middle of a name would be against Rust's
/// conventions.
pub(crate) fn longer(name: &str, more: &str) -> String {
    format!("{}{more}", name.trim_end_matches('_'))
}

/// Types, traits and what is generated for services share a namespace; what the IDL names comes first.
fn assign_types(program: &mut Program, module: ModuleId) {
    let module = &program.modules[module.0];
    // A module inside this one has a name as well.
    let mut taken: BTreeSet<String> = program
        .modules
        .iter()
        .filter(|other| other.path.starts_with(&module.path))
        .filter_map(|other| other.path.get(module.path.len()).cloned())
        .collect();
    let ids: Vec<_> = module
        .items
        .iter()
        .copied()
        .filter(|id| !matches!(program.item(*id).kind, ItemKind::Const(_)))
        .collect();
    let names = unique(
        ids.iter().map(|id| &program.item(*id).name),
        camel,
        &mut taken,
    );
    for (id, rust) in ids.iter().zip(names) {
        program.items[id.0].rust = rust;
    }
    for id in ids {
        let item = &mut program.items[id.0];
        if let ItemKind::Service(service) = &mut item.kind {
            service.server = fresh(&longer(&item.rust, "Server"), &mut taken);
            service.client = fresh(&longer(&item.rust, "Client"), &mut taken);
            for method in &mut service.methods {
                let stem = longer(&item.rust, &camel(&method.name));
                method.args_type = fresh(&longer(&stem, "Args"), &mut taken);
                method.call_type = fresh(&longer(&stem, "Call"), &mut taken);
                method.result_type = fresh(&longer(&stem, "Result"), &mut taken);
                method.error_type = fresh(&longer(&stem, "Error"), &mut taken);
            }
        }
    }
}

/// Constants share their namespace with the constructors of enums and with the descriptors of services.
fn assign_constants(program: &mut Program, module: ModuleId) {
    let ids = program.modules[module.0].items.clone();
    let mut taken = BTreeSet::new();
    for id in &ids {
        let item = program.item(*id);
        if matches!(item.kind, ItemKind::Enum(_)) {
            taken.insert(item.rust.clone());
        }
    }
    let ids: Vec<_> = ids
        .into_iter()
        .filter(|id| matches!(program.item(*id).kind, ItemKind::Const(_)))
        .collect();
    let names = unique(
        ids.iter().map(|id| &program.item(*id).name),
        screaming,
        &mut taken,
    );
    for (id, rust) in ids.into_iter().zip(names) {
        program.items[id.0].rust = rust;
    }
    for id in program.modules[module.0].items.clone() {
        let item = &mut program.items[id.0];
        if let ItemKind::Service(service) = &mut item.kind {
            service.descriptor = fresh(&screaming(&item.name), &mut taken);
        }
    }
}

/// The variant of a declared exception is called like the exception, or like the field when two are of one type.
fn assign_throws(program: &mut Program, id: ItemId) {
    let ItemKind::Service(service) = &program.item(id).kind else {
        return;
    };
    let type_name = |field: &Field| program.named(&field.ty).map(|item| item.rust.clone());
    let mut names: Vec<Vec<String>> = Vec::new();
    for method in &service.methods {
        let mut taken = BTreeSet::from(["Status".to_owned(), "Success".to_owned()]);
        let types: Vec<_> = method.throws.iter().map(type_name).collect();
        let wishes = method.throws.iter().zip(&types).map(|(field, ty)| {
            let is_only = types.iter().filter(|other| *other == ty).count() == 1;
            ty.clone()
                .filter(|_| is_only)
                .unwrap_or_else(|| camel(&field.name))
        });
        names.push(wishes.map(|wish| fresh(&wish, &mut taken)).collect());
    }
    if let ItemKind::Service(service) = &mut program.items[id.0].kind {
        for (method, names) in service.methods.iter_mut().zip(names) {
            for (field, rust) in method.throws.iter_mut().zip(names) {
                field.rust = rust;
            }
        }
    }
}

fn assign_values(values: &mut Enum) {
    let names = unique(
        values.values.iter().map(|value| &value.name),
        screaming,
        &mut BTreeSet::new(),
    );
    for (value, rust) in values.values.iter_mut().zip(names) {
        value.rust = rust;
    }
}

fn assign_members(message: &mut model::Message) {
    // The member for what the message does not know.
    let mut taken = BTreeSet::from(["unknown_fields".to_owned()]);
    let names = message.members.iter().map(|member| match member {
        Member::Field(field) => &field.name,
        Member::Oneof(oneof) => &oneof.name,
    });
    let names = unique(names, snake, &mut taken);
    for (member, name) in message.members.iter_mut().zip(names) {
        match member {
            Member::Field(field) => field.rust = name,
            Member::Oneof(oneof) => oneof.rust = name,
        }
    }
}

fn assign_fields(fields: &mut [Field], convert: fn(&str) -> String) {
    let names = unique(
        fields.iter().map(|field| &field.name),
        convert,
        &mut BTreeSet::new(),
    );
    for (field, rust) in fields.iter_mut().zip(names) {
        field.rust = rust;
    }
}

fn assign_methods(service: &mut Service) {
    // The client has a function `new`.
    let mut taken = BTreeSet::from(["new".to_owned()]);
    let names = unique(
        service.methods.iter().map(|method| &method.name),
        snake,
        &mut taken,
    );
    for (method, rust) in service.methods.iter_mut().zip(names) {
        method.rust = rust;
        assign_fields(&mut method.arguments, snake);
    }
}

/// Converts the names of one scope so that no two are equal and none is in `taken`, which grows by them.
fn unique<'a>(
    names: impl Iterator<Item = &'a String>,
    convert: fn(&str) -> String,
    taken: &mut BTreeSet<String>,
) -> Vec<String> {
    let originals: Vec<&String> = names.collect();
    let mut converted: Vec<Option<String>> = originals
        .iter()
        .map(|name| (convert(name) == **name).then(|| fresh(name, taken)))
        .collect();
    for (slot, name) in converted.iter_mut().zip(originals) {
        slot.get_or_insert_with(|| fresh(&convert(name), taken));
    }
    converted.into_iter().flatten().collect()
}

/// Splits at underscores and where a capital begins a word.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in name.split(|char: char| !char.is_ascii_alphanumeric()) {
        let chars: Vec<char> = part.chars().collect();
        let mut word = String::new();
        for (at, &char) in chars.iter().enumerate() {
            let after_small = at > 0 && !chars[at - 1].is_ascii_uppercase();
            let before_small = chars.get(at + 1).is_some_and(char::is_ascii_lowercase);
            if char.is_ascii_uppercase() && !word.is_empty() && (after_small || before_small) {
                words.push(std::mem::take(&mut word));
            }
            word.push(char);
        }
        if !word.is_empty() {
            words.push(word);
        }
    }
    let first = words.first().cloned().unwrap_or_default();
    let sound = sound(first, "n", "unnamed");
    match words.first_mut() {
        Some(first) => *first = sound,
        None => words.push(sound),
    }
    words
}

/// The four keywords that cannot be raw identifiers get a `_`.
fn allowed(name: String) -> String {
    match name.as_str() {
        "self" | "Self" | "super" | "crate" => name + "_",
        _ => name,
    }
}

/// A name that Rust accepts: not empty, no digit in front.
fn sound(name: String, prefix: &str, unnamed: &str) -> String {
    match name.chars().next() {
        None => unnamed.to_owned(),
        Some(first) if first.is_ascii_digit() => format!("{prefix}{name}"),
        Some(_) => name,
    }
}

/// Words that cannot be names in edition 2024 without `r#`.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

#[cfg(test)]
mod tests;
