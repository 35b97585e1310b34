//! Constants: `const` for scalars, strings and lists of them; the rest is built on first use.

use super::code::Code;
use super::doc;
use super::scope::Scope;
use super::types::Lifetime;
use super::value;
use crate::ir::{Const, Item, Type, Value};
use crate::names;

pub(super) fn emit(code: &mut Code, scope: &Scope<'_>, item: &Item, constant: &Const) {
    let name = names::escape(&item.rust);
    let fallback = format!("Constant `{}`.", item.name);
    doc::emit(
        code,
        item.doc.as_deref(),
        &fallback,
        item.deprecated.as_deref(),
    );
    match plain(scope, &constant.value, &constant.ty) {
        Some((ty, value)) => code.assign(&format!("pub const {name}: {ty}"), &value),
        None => lazy(code, scope, &name, constant),
    }
}

/// Type and expression of a value that `const` can hold.
fn plain(scope: &Scope<'_>, value: &Value, ty: &Type) -> Option<(String, String)> {
    let resolved = scope.program.resolve(ty);
    Some(match (value, resolved) {
        (Value::String(_), _) => ("&str".to_owned(), value::literal(value)),
        (Value::Binary(_), _) => ("&[u8]".to_owned(), value::literal(value)),
        (Value::Enum(id, number), _) => (
            scope.ty(ty, Lifetime::Static),
            value::enum_value(scope, *id, *number),
        ),
        (Value::Bool(_) | Value::Double(_) | Value::Int(_) | Value::Uuid(_), _) => {
            (scope.ty(ty, Lifetime::Static), value::literal(value))
        }
        _ => return None,
    })
}

fn lazy(code: &mut Code, scope: &Scope<'_>, name: &str, constant: &Const) {
    let ty = scope.ty(&constant.ty, Lifetime::Static);
    let lazy = scope.outer("::std::sync", "LazyLock");
    let left = format!("pub static {name}: {lazy}<{ty}>");
    if let Some(constructor) = value::constructor(scope, &constant.value, &constant.ty) {
        return code.assign(&left, &format!("{lazy}::new({constructor})"));
    }
    let levels = code.open_right(&left, &format!("{lazy}::new(|| {{"));
    value::emit_named(code, scope, &constant.value, &constant.ty);
    code.close("});");
    if levels > 1 {
        code.shallower();
    }
}
