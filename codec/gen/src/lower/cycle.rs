//! Circles that no program can have: a typedef of itself, a service that extends itself.

use super::Lowerer;
use crate::diagnostic::Diagnostic;
use crate::ir::{ItemId, ItemKind, Type};

impl Lowerer<'_> {
    /// Reports typedefs that lead to themselves and cuts them, so that later rounds can follow every alias to its end.
    pub(super) fn alias_cycles(&mut self) {
        for index in 0..self.program.items.len() {
            if self.alias_reaches(ItemId(index), ItemId(index), &mut Vec::new()) {
                let definition = self.origins[index].1;
                let title = format!("typedef `{}` is defined by itself", definition.name.text);
                self.diagnostics.push(Diagnostic::error(
                    definition.name.span,
                    title,
                    "leads back here",
                ));
                if let ItemKind::Alias(alias) = &mut self.program.items[index].kind {
                    alias.ty = Type::Bool;
                }
            }
        }
    }

    fn alias_reaches(&self, from: ItemId, target: ItemId, seen: &mut Vec<ItemId>) -> bool {
        let ItemKind::Alias(alias) = &self.program.item(from).kind else {
            return false;
        };
        let mut named = Vec::new();
        named_types(&alias.ty, &mut named);
        named.into_iter().any(|next| {
            if next == target {
                return true;
            }
            if seen.contains(&next) {
                return false;
            }
            seen.push(next);
            self.alias_reaches(next, target, seen)
        })
    }

    /// Reports services that extend themselves and cuts the circle.
    pub(super) fn service_cycles(&mut self) {
        for index in 0..self.program.items.len() {
            let mut seen = Vec::new();
            let mut at = self.parent(ItemId(index));
            while let Some(id) = at {
                if id.0 == index {
                    let name = &self.origins[index].1.name;
                    let title = format!("service `{}` extends itself", name.text);
                    let mut diagnostic =
                        Diagnostic::error(name.span, title, "inherits from itself");
                    for &via in &seen {
                        let via: ItemId = via;
                        let name = &self.origins[via.0].1.name;
                        diagnostic = diagnostic.related(name.span, "by way of this service");
                    }
                    self.diagnostics.push(diagnostic);
                    if let ItemKind::Service(service) = &mut self.program.items[index].kind {
                        service.parent = None;
                    }
                    break;
                }
                if seen.contains(&id) {
                    break;
                }
                seen.push(id);
                at = self.parent(id);
            }
        }
    }

    fn parent(&self, id: ItemId) -> Option<ItemId> {
        match &self.program.item(id).kind {
            ItemKind::Service(service) => service.parent,
            _ => None,
        }
    }
}

fn named_types(ty: &Type, list: &mut Vec<ItemId>) {
    match ty {
        Type::Named(id) => list.push(*id),
        Type::List(item) | Type::Set(item) => named_types(item, list),
        Type::Map(key, value) => {
            named_types(key, list);
            named_types(value, list);
        }
        _ => {}
    }
}
