//! What the emitters need to know about whole types: which fields are behind a pointer, which types borrow.
//!
//! - A message that contains itself, directly or by way of others but not inside a list, set or map, would have no size:
//!   every field on such a circle is boxed. One of default requiredness becomes optional too, because a default value would
//!   hold a default value without end, and because a union has no default at all.
//! - A type borrows when a string or binary can be reached from it. Circles make this a fixed point.

use crate::circle::{self, Components};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::ir::{Field, ItemId, ItemKind, Presence, Program, Type};
use crate::source::Span;

/// Completes the program. Warns of messages of which no finite value exists; `places` tells where the items are written.
pub(crate) fn analyze(program: &mut Program, places: &[Span], diagnostics: &mut Diagnostics) {
    make_optional(program);
    box_circles(program);
    recursion(program);
    infinite_messages(program, places, diagnostics);
    borrowing(program);
}

/// Fields of default requiredness whose type is a union become optional.
fn make_optional(program: &mut Program) {
    for index in 0..program.items.len() {
        let is_union: Vec<bool> = fields(program, ItemId(index))
            .iter()
            .map(|field| matches!(program.named(&field.ty), Some(item) if matches!(item.kind, ItemKind::Union(_))))
            .collect();
        for (field, is_union) in fields_mut(program, ItemId(index)).iter_mut().zip(is_union) {
            if is_union && field.presence == Presence::Implicit {
                field.presence = Presence::Optional;
            }
        }
    }
}

fn box_circles(program: &mut Program) {
    let components = circles(program, |field| {
        direct(program, &field.ty).into_iter().collect()
    });
    for index in 0..program.items.len() {
        let circular: Vec<bool> = fields(program, ItemId(index))
            .iter()
            .map(|field| {
                direct(program, &field.ty).is_some_and(|to| components.is_circular(index, to.0))
            })
            .collect();
        for (field, circular) in fields_mut(program, ItemId(index)).iter_mut().zip(circular) {
            field.boxed = circular;
            if circular && field.presence == Presence::Implicit {
                field.presence = Presence::Optional;
            }
        }
    }
}

/// Marks messages that can be reached from themselves, containers included.
fn recursion(program: &mut Program) {
    let named = |field: &Field| {
        let mut named = Vec::new();
        named_types(program, &field.ty, &mut named);
        named
    };
    let components = circles(program, named);
    let is_recursive: Vec<bool> = (0..program.items.len())
        .map(|index| {
            let mut reached = fields(program, ItemId(index)).iter().flat_map(named);
            reached.any(|to| components.is_circular(index, to.0))
        })
        .collect();
    for (item, is_recursive) in program.items.iter_mut().zip(is_recursive) {
        if let ItemKind::Message(message) = &mut item.kind {
            message.is_recursive = is_recursive;
        }
    }
}

/// A circle of required fields: each value would need another one inside. Reports it and makes the fields optional.
fn infinite_messages(program: &mut Program, places: &[Span], diagnostics: &mut Diagnostics) {
    fn required(program: &Program, field: &Field) -> Option<ItemId> {
        let is_required = field.presence == Presence::Required && field.boxed;
        direct(program, &field.ty).filter(|_| is_required)
    }
    let components = circles(program, |field| {
        required(program, field).into_iter().collect()
    });
    for (index, place) in places.iter().enumerate() {
        let is_endless = |field: &Field| {
            required(program, field).is_some_and(|to| components.is_circular(index, to.0))
        };
        let endless: Vec<bool> = fields(program, ItemId(index))
            .iter()
            .map(is_endless)
            .collect();
        if !endless.contains(&true) {
            continue;
        }
        let title = format!(
            "`{}` always contains another `{0}`",
            program.items[index].name
        );
        diagnostics.push(
            Diagnostic::warning(
                *place,
                title,
                "no value of it can end; read as if the field were optional",
            )
            .help("make one field on the way `optional`"),
        );
        for (field, is_endless) in fields_mut(program, ItemId(index)).iter_mut().zip(endless) {
            if is_endless {
                field.presence = Presence::Optional;
            }
        }
    }
}

/// The circles of messages and unions by way of the types to which `next` leads from a field.
fn circles(program: &Program, next: impl Fn(&Field) -> Vec<ItemId>) -> Components {
    let edges: Vec<Vec<usize>> = (0..program.items.len())
        .map(|index| {
            let targets = fields(program, ItemId(index)).iter().flat_map(&next);
            targets.map(|id| id.0).collect()
        })
        .collect();
    circle::components(&edges)
}

/// The message or union whose value lies directly inside a value of the type.
fn direct(program: &Program, ty: &Type) -> Option<ItemId> {
    match program.resolve(ty) {
        Type::Named(id) => Some(*id),
        _ => None,
    }
}

/// Every type that a value of this one may contain, directly or as an element.
fn named_types(program: &Program, ty: &Type, list: &mut Vec<ItemId>) {
    match program.resolve(ty) {
        Type::Named(id) => list.push(*id),
        Type::List(item) | Type::Set(item) => named_types(program, item, list),
        Type::Map(key, value) => {
            named_types(program, key, list);
            named_types(program, value, list);
        }
        _ => {}
    }
}

fn borrowing(program: &mut Program) {
    loop {
        let mut changed = false;
        for index in 0..program.items.len() {
            let borrows = match &program.items[index].kind {
                ItemKind::Alias(alias) => type_borrows(program, &alias.ty),
                ItemKind::Message(_) | ItemKind::Union(_) => {
                    let mut fields = fields(program, ItemId(index)).iter();
                    fields.any(|field| type_borrows(program, &field.ty))
                }
                _ => continue,
            };
            let slot = match &mut program.items[index].kind {
                ItemKind::Alias(alias) => &mut alias.borrows,
                ItemKind::Message(message) => &mut message.borrows,
                ItemKind::Union(union) => &mut union.borrows,
                _ => continue,
            };
            changed |= *slot != borrows;
            *slot = borrows;
        }
        if !changed {
            return;
        }
    }
}

/// Whether the Rust type for `ty` has a lifetime.
pub(crate) fn type_borrows(program: &Program, ty: &Type) -> bool {
    match ty {
        Type::String | Type::Binary => true,
        Type::List(item) | Type::Set(item) => type_borrows(program, item),
        Type::Map(key, value) => type_borrows(program, key) || type_borrows(program, value),
        Type::Named(id) => match &program.item(*id).kind {
            ItemKind::Alias(alias) => alias.borrows,
            ItemKind::Message(message) => message.borrows,
            ItemKind::Union(union) => union.borrows,
            ItemKind::ProtoMessage(_) => true,
            ItemKind::ProtoOneof(oneof) => oneof.fields.iter().any(|field| field.ty.borrows()),
            _ => false,
        },
        _ => false,
    }
}

fn fields(program: &Program, id: ItemId) -> &[Field] {
    match &program.item(id).kind {
        ItemKind::Message(message) => &message.fields,
        ItemKind::Union(union) => &union.fields,
        _ => &[],
    }
}

fn fields_mut(program: &mut Program, id: ItemId) -> &mut [Field] {
    match &mut program.items[id.0].kind {
        ItemKind::Message(message) => &mut message.fields,
        ItemKind::Union(union) => &mut union.fields,
        _ => &mut [],
    }
}
