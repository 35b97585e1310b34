//! What the emitters need to know about whole messages: which fields are behind a pointer, which check required fields.

use crate::circle;
use crate::ir::{ItemId, ItemKind, Program};
use crate::proto::model::{Field, Label, Member, Type};

/// Completes the messages and oneofs of the program.
pub(super) fn analyze(program: &mut Program) {
    box_circles(program);
    checking(program);
}

/// A message that contains itself, but not in a list or map, would have no size: the fields on the circle are boxed.
fn box_circles(program: &mut Program) {
    let targets = |index| next(program, ItemId(index)).into_iter().map(|id| id.0);
    let edges: Vec<Vec<usize>> = (0..program.items.len())
        .map(|index| targets(index).collect())
        .collect();
    let components = circle::components(&edges);
    for index in 0..program.items.len() {
        let id = ItemId(index);
        let circular: Vec<bool> = fields(program, id)
            .iter()
            .map(|field| direct(field).is_some_and(|to| components.is_circular(index, to.0)))
            .collect();
        for (field, circular) in fields_mut(program, id).zip(circular) {
            field.boxed = circular;
        }
    }
}

/// What lies directly inside a value of the item: the oneofs of a message, and messages.
fn next(program: &Program, id: ItemId) -> Vec<ItemId> {
    let mut next: Vec<ItemId> = fields(program, id)
        .iter()
        .filter_map(|field| direct(field))
        .collect();
    if let ItemKind::ProtoMessage(message) = &program.item(id).kind {
        next.extend(message.members.iter().filter_map(|member| match member {
            Member::Oneof(oneof) => Some(oneof.item),
            Member::Field(_) => None,
        }));
    }
    next
}

/// The message whose value lies directly inside the field.
fn direct(field: &Field) -> Option<ItemId> {
    match (&field.ty, field.label) {
        (Type::Message(id) | Type::Group(id), Label::Optional | Label::Required) => Some(*id),
        _ => None,
    }
}

/// Which items have required fields, themselves or inside: a fixed point, because messages may be circular.
fn checking(program: &mut Program) {
    loop {
        let mut changed = false;
        for index in 0..program.items.len() {
            let id = ItemId(index);
            let checks = fields(program, id)
                .iter()
                .any(|field| field.label == Label::Required || field_checks(program, field))
                || next(program, id)
                    .into_iter()
                    .any(|id| checks_required(program, id));
            let slot = match &mut program.items[index].kind {
                ItemKind::ProtoMessage(message) => &mut message.checks_required,
                ItemKind::ProtoOneof(oneof) => &mut oneof.checks_required,
                _ => continue,
            };
            changed |= *slot != checks;
            *slot = checks;
        }
        if !changed {
            return;
        }
    }
}

/// Whether a message or oneof checks required fields.
pub(crate) fn checks_required(program: &Program, id: ItemId) -> bool {
    match &program.item(id).kind {
        ItemKind::ProtoMessage(message) => message.checks_required,
        ItemKind::ProtoOneof(oneof) => oneof.checks_required,
        _ => false,
    }
}

/// Whether the values of a field check required fields.
pub(crate) fn field_checks(program: &Program, field: &Field) -> bool {
    field
        .ty
        .message()
        .is_some_and(|id| checks_required(program, id))
}

fn fields(program: &Program, id: ItemId) -> Vec<&Field> {
    match &program.item(id).kind {
        ItemKind::ProtoMessage(message) => message.fields().collect(),
        ItemKind::ProtoOneof(oneof) => oneof.fields.iter().collect(),
        _ => Vec::new(),
    }
}

fn fields_mut(program: &mut Program, id: ItemId) -> impl Iterator<Item = &mut Field> {
    let (members, fields) = match &mut program.items[id.0].kind {
        ItemKind::ProtoMessage(message) => (&mut message.members[..], &mut [][..]),
        ItemKind::ProtoOneof(oneof) => (&mut [][..], &mut oneof.fields[..]),
        _ => (&mut [][..], &mut [][..]),
    };
    let members = members.iter_mut().filter_map(|member| match member {
        Member::Field(field) => Some(field),
        Member::Oneof(_) => None,
    });
    members.chain(fields)
}
