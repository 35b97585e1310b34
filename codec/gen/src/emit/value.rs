//! Values as Rust expressions.
//!
//! A simple value is one expression. A list, set, map, struct or union is built by statements, innermost first, each of one
//! line: `v2` is filled, then pushed into `v1`.

use super::code::Code;
use super::scope::Scope;
use crate::ir::{Field, ItemId, ItemKind, Presence, Type, Value};
use crate::names;

/// Whether the value is one short expression.
pub(super) fn is_simple(value: &Value) -> bool {
    match value {
        Value::Binary(_)
        | Value::Bool(_)
        | Value::Double(_)
        | Value::Enum(..)
        | Value::Int(_)
        | Value::String(_)
        | Value::Uuid(_) => true,
        Value::List(list) => list.is_empty(),
        Value::Map(map) => map.is_empty(),
        Value::Message(..) | Value::Union(..) => false,
    }
}

/// The expression of a simple value of type `ty`.
pub(super) fn simple(scope: &Scope<'_>, value: &Value, ty: &Type) -> String {
    match value {
        Value::Binary(_) => format!(
            "{}::Borrowed({})",
            scope.outer("::codec", "Bin"),
            literal(value)
        ),
        Value::String(_) => format!(
            "{}::Borrowed({})",
            scope.outer("::codec", "Str"),
            literal(value)
        ),
        Value::Enum(id, number) => enum_value(scope, *id, *number),
        Value::List(_) => match scope.program.resolve(ty) {
            Type::Set(_) => format!("{}::new()", scope.outer("::codec", "Set")),
            _ => format!("{}::new()", scope.std("Vec")),
        },
        Value::Map(_) => format!("{}::new()", scope.outer("::codec", "Map")),
        other => literal(other),
    }
}

/// The Rust literal of a scalar, `&str` or `&[u8]`.
pub(super) fn literal(value: &Value) -> String {
    match value {
        Value::Binary(bytes) => format!("b\"{}\"", bytes.escape_ascii()),
        Value::Bool(value) => value.to_string(),
        Value::Double(value) if value.is_infinite() => {
            let sign = if *value < 0.0 { "NEG_" } else { "" };
            format!("f64::{sign}INFINITY")
        }
        Value::Double(value) => format!("{value:?}"),
        Value::Int(value) => value.to_string(),
        Value::String(text) => format!("{text:?}"),
        Value::Uuid(bytes) => format!("0x{:x}_u128.to_be_bytes()", u128::from_be_bytes(*bytes)),
        Value::Enum(..)
        | Value::List(_)
        | Value::Map(_)
        | Value::Message(..)
        | Value::Union(..) => {
            unreachable!("not a literal: the callers handle it")
        }
    }
}

/// `Enum::NAME` of a number that has a name.
pub(super) fn enum_value(scope: &Scope<'_>, id: ItemId, number: i32) -> String {
    let path = scope.path(id);
    let name = match &scope.program.item(id).kind {
        ItemKind::Enum(values) => values.values.iter().find(|value| value.number == number),
        _ => None,
    };
    match name {
        Some(value) => format!("{path}::{}", names::escape(&value.rust)),
        None => format!("{path}({number})"),
    }
}

/// The statements that build a value, and the value as the last expression, through `wrap` if given.
pub(super) fn emit_built(
    code: &mut Code,
    scope: &Scope<'_>,
    value: &Value,
    ty: &Type,
    wrap: Option<&dyn Fn(&str) -> String>,
) {
    let mut builder = Builder {
        code,
        scope,
        count: 0,
    };
    let expression = builder.build(value, ty);
    builder
        .code
        .line(wrap.map_or(expression.clone(), |wrap| wrap(&expression)));
}

/// As [`emit_built`], with a statement at least: a closure of one expression would lose its braces.
pub(super) fn emit_named(code: &mut Code, scope: &Scope<'_>, value: &Value, ty: &Type) {
    let mut builder = Builder {
        code,
        scope,
        count: 0,
    };
    let mut expression = builder.build(value, ty);
    if builder.count == 0 {
        builder.code.assign("let value", &expression);
        "value".clone_into(&mut expression);
    }
    builder.code.line(expression);
}

/// The function that makes an empty value, such as `Vec::new`.
pub(super) fn constructor(scope: &Scope<'_>, value: &Value, ty: &Type) -> Option<String> {
    let path = match value {
        Value::List(list) if list.is_empty() => simple(scope, value, ty),
        Value::Map(map) if map.is_empty() => simple(scope, value, ty),
        Value::Message(id, members) if members.is_empty() => {
            format!("{}::default()", scope.path(*id))
        }
        _ => return None,
    };
    path.strip_suffix("()").map(str::to_owned)
}

struct Builder<'a> {
    code: &'a mut Code,
    scope: &'a Scope<'a>,
    count: usize,
}

impl Builder<'_> {
    fn variable(&mut self) -> String {
        self.count += 1;
        format!("v{}", self.count)
    }

    /// An expression for the value, behind the statements it needs.
    fn build(&mut self, value: &Value, ty: &Type) -> String {
        if is_simple(value) {
            return self.short(value, ty);
        }
        let resolved = self.scope.program.resolve(ty).clone();
        match (value, &resolved) {
            (Value::List(items), Type::List(item) | Type::Set(item)) => {
                let name = self.variable();
                self.code
                    .line(format!("let mut {name} = {};", self.empty(&resolved)));
                for value in items {
                    let expression = self.build(value, item);
                    self.code.call(&format!("{name}.push"), &[expression], ";");
                }
                name
            }
            (Value::Map(entries), Type::Map(key, item)) => {
                let name = self.variable();
                self.code
                    .line(format!("let mut {name} = {};", self.empty(&resolved)));
                for (key_value, value) in entries {
                    let arguments = [self.build(key_value, key), self.build(value, item)];
                    self.code.call(&format!("{name}.push"), &arguments, ";");
                }
                name
            }
            (Value::Message(id, members), _) => self.message(*id, members),
            (Value::Union(id, index, value), _) => self.union(*id, *index, value),
            _ => unreachable!("values fit their types: lowering checked"),
        }
    }

    fn empty(&self, ty: &Type) -> String {
        match ty {
            Type::Map(..) => format!("{}::new()", self.scope.outer("::codec", "Map")),
            Type::Set(_) => format!("{}::new()", self.scope.outer("::codec", "Set")),
            _ => format!("{}::new()", self.scope.std("Vec")),
        }
    }

    /// A simple value; a long text goes into a variable, so that lines stay narrow.
    fn short(&mut self, value: &Value, ty: &Type) -> String {
        let expression = simple(self.scope, value, ty);
        if expression.len() <= SHORT_MAX {
            return expression;
        }
        let name = self.variable();
        let (holder, text) = match value {
            Value::Binary(_) => (self.scope.outer("::codec", "Bin"), literal(value)),
            Value::String(_) => (self.scope.outer("::codec", "Str"), literal(value)),
            _ => return expression,
        };
        self.code.assign(&format!("let {name}"), &text);
        format!("{holder}::Borrowed({name})")
    }

    fn message(&mut self, id: ItemId, members: &[(usize, Value)]) -> String {
        let ItemKind::Message(message) = &self.scope.program.item(id).kind else {
            unreachable!("a message's value is of a message: lowering checked");
        };
        let path = self.scope.path(id);
        if members.is_empty() {
            return format!("{path}::default()");
        }
        let name = self.variable();
        self.code
            .line(format!("let mut {name} = {path}::default();"));
        for (index, value) in members {
            let field = &message.fields[*index];
            let expression = self.build(value, &field.ty);
            let expression = self.wrapped(field, expression);
            self.code.assign(
                &format!("{name}.{}", names::escape(&field.rust)),
                &expression,
            );
        }
        name
    }

    fn union(&mut self, id: ItemId, index: usize, value: &Value) -> String {
        let ItemKind::Union(union) = &self.scope.program.item(id).kind else {
            unreachable!("a union's value is of a union: lowering checked");
        };
        let field = &union.fields[index];
        let mut expression = self.build(value, &field.ty);
        if field.boxed {
            expression = format!("{}::new({expression})", self.scope.std("Box"));
        }
        format!(
            "{}::{}({expression})",
            self.scope.path(id),
            names::escape(&field.rust)
        )
    }

    fn wrapped(&self, field: &Field, mut expression: String) -> String {
        if field.boxed {
            expression = format!("{}::new({expression})", self.scope.std("Box"));
        }
        if field.presence == Presence::Optional {
            expression = format!("{}({expression})", self.scope.std("Some"));
        }
        expression
    }
}

/// Longer expressions do not go into others.
const SHORT_MAX: usize = 28;
