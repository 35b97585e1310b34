//! Descriptions → intermediate representation.
//!
//! The types inside a message are in a module named after it, next to it; the fields of a oneof become an enum there. Two
//! rounds, because a type may be used before it is described: every type gets an item (`declare`); then fields and methods
//! refer to them (`field`, `service`).

mod declare;
mod field;
mod service;

use std::collections::{BTreeMap, BTreeSet};

use protox::prost_reflect::{FileDescriptor, MessageDescriptor, OneofDescriptor};

use super::load::Loaded;
use super::model::{Label, Member, OneofMember};
use super::used;
use crate::diagnostic::Diagnostics;
use crate::ir::{ItemId, ItemKind, Program};
use crate::source::Sources;

/// Lowers what is used of all files.
pub(super) fn lower(loaded: &Loaded, sources: &Sources, diagnostics: &mut Diagnostics) -> Program {
    let mut lowerer = Lowerer {
        loaded,
        sources,
        diagnostics,
        used: used::used(loaded),
        items: BTreeMap::new(),
        program: Program::default(),
    };
    let files: Vec<FileDescriptor> = loaded.pool.files().collect();
    for file in &files {
        lowerer.declare_file(file);
    }
    for file in &files {
        lowerer.define_file(file);
    }
    lowerer.program
}

struct Lowerer<'a> {
    loaded: &'a Loaded,
    sources: &'a Sources,
    diagnostics: &'a mut Diagnostics,
    /// Full names of the messages and enums that are compiled.
    used: BTreeSet<String>,
    /// Items by the full names of what they stand for.
    items: BTreeMap<String, ItemId>,
    program: Program,
}

impl Lowerer<'_> {
    fn is_input(&self, file: &FileDescriptor) -> bool {
        self.loaded.inputs.iter().any(|name| name == file.name())
    }

    /// Round two: fields and methods.
    fn define_file(&mut self, file: &FileDescriptor) {
        for message in file.messages() {
            self.define_message(&message);
        }
        if self.is_input(file) {
            for service in file.services() {
                self.define_service(&service);
            }
        }
    }

    fn define_message(&mut self, message: &MessageDescriptor) {
        for child in message.child_messages() {
            self.define_message(&child);
        }
        let Some(&id) = self.items.get(message.full_name()) else {
            return;
        };
        let members = self.members(message);
        if let ItemKind::ProtoMessage(lowered) = &mut self.program.items[id.0].kind {
            lowered.members = members;
        }
    }

    /// The members in the order of the IDL; a oneof is where its first field is.
    fn members(&mut self, message: &MessageDescriptor) -> Vec<Member> {
        let mut members = Vec::new();
        let mut fields: Vec<_> = message.fields().collect();
        // `path` ends with the position in the file.
        fields.sort_by_key(|field| field.path().last().copied());
        let mut seen = BTreeSet::new();
        for field in fields {
            let oneof = field
                .containing_oneof()
                .filter(|oneof| !oneof.is_synthetic());
            match oneof {
                None => members.push(Member::Field(self.field(&field))),
                Some(oneof) if seen.insert(oneof.full_name().to_owned()) => {
                    members.extend(self.oneof(&oneof));
                }
                Some(_) => {}
            }
        }
        members
    }

    fn oneof(&mut self, oneof: &OneofDescriptor) -> Option<Member> {
        let item = *self.items.get(oneof.full_name())?;
        let mut fields: Vec<_> = oneof.fields().map(|field| self.field(&field)).collect();
        for field in &mut fields {
            field.label = Label::Optional;
        }
        fields.sort_by_key(|field| field.number);
        let numbers = fields.iter().map(|field| field.number).collect();
        if let ItemKind::ProtoOneof(lowered) = &mut self.program.items[item.0].kind {
            lowered.fields = fields;
        }
        Some(Member::Oneof(OneofMember {
            name: oneof.name().to_owned(),
            rust: String::new(),
            doc: self.program.item(item).doc.clone(),
            item,
            numbers,
        }))
    }
}
