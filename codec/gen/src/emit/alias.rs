//! Typedefs: type aliases.

use super::code::Code;
use super::doc;
use super::scope::Scope;
use super::types::Lifetime;
use crate::ir::{Alias, Item};
use crate::names;

pub(super) fn emit(code: &mut Code, scope: &Scope<'_>, item: &Item, alias: &Alias) {
    let fallback = format!("Typedef `{}`.", item.name);
    doc::emit(
        code,
        item.doc.as_deref(),
        &fallback,
        item.deprecated.as_deref(),
    );
    let generics = if alias.borrows { "<'a>" } else { "" };
    let left = format!("pub type {}{generics}", names::escape(&item.rust));
    code.assign(&left, &scope.ty(&alias.ty, Lifetime::Named));
}
