//! Descriptions → intermediate representation.
//!
//! The types inside a message are in a module named after it, next to it; the fields of a oneof become an enum there. Two
//! rounds, because a type may be used before it is described: every type gets an item; then fields and methods refer to them.

mod field;

use std::collections::{BTreeMap, BTreeSet};

use protox::prost_reflect::prost_types::FileDescriptorProto;
use protox::prost_reflect::{
    EnumDescriptor, EnumValueDescriptor, FileDescriptor, MessageDescriptor, MethodDescriptor,
    OneofDescriptor, ServiceDescriptor, Syntax,
};

use super::load::Loaded;
use super::model::{Enum, Label, Member, Message, Oneof, OneofMember};
use super::{comment, place, used};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::ir::{
    self, EnumValue, Idl, Item, ItemId, ItemKind, Method, Module, ModuleId, Presence, Program,
    Service,
};
use crate::names;
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

    /// Round one: an item for each definition.
    fn declare_file(&mut self, file: &FileDescriptor) {
        let scope = package(file);
        for message in file.messages() {
            self.declare_message(&message, &scope);
        }
        for item in file.enums() {
            self.declare_enum(&item, &scope);
        }
        if self.is_input(file) {
            for service in file.services() {
                let proto = file.file_descriptor_proto();
                let kind = ItemKind::Service(Service {
                    idl: Idl::Protobuf,
                    parent: None,
                    methods: Vec::new(),
                    server: String::new(),
                    client: String::new(),
                    descriptor: String::new(),
                });
                let deprecated = service.service_descriptor_proto().options.as_ref();
                let deprecated = deprecated.is_some_and(|options| options.deprecated());
                let id = self.declare(
                    service.name(),
                    proto,
                    service.path(),
                    deprecated,
                    kind,
                    &scope,
                );
                self.items.insert(service.full_name().to_owned(), id);
            }
        }
    }

    fn declare_message(&mut self, message: &MessageDescriptor, scope: &Scope) {
        if message.is_map_entry() {
            return;
        }
        let inner = scope.inside(message);
        if self.used.contains(message.full_name()) {
            let kind = ItemKind::ProtoMessage(Message {
                full_name: message.full_name().to_owned(),
                members: Vec::new(),
                checks_required: false,
            });
            let proto = message.parent_file_descriptor_proto();
            let deprecated = message.descriptor_proto().options.as_ref();
            let deprecated = deprecated.is_some_and(|options| options.deprecated());
            let id = self.declare(
                message.name(),
                proto,
                message.path(),
                deprecated,
                kind,
                scope,
            );
            self.items.insert(message.full_name().to_owned(), id);
            for oneof in message.oneofs().filter(|oneof| !oneof.is_synthetic()) {
                let kind = ItemKind::ProtoOneof(Oneof {
                    full_name: oneof.full_name().to_owned(),
                    fields: Vec::new(),
                    checks_required: false,
                });
                let id = self.declare(oneof.name(), proto, oneof.path(), false, kind, &inner);
                self.items.insert(oneof.full_name().to_owned(), id);
            }
        }
        for child in message.child_messages() {
            self.declare_message(&child, &inner);
        }
        for item in message.child_enums() {
            self.declare_enum(&item, &inner);
        }
    }

    fn declare_enum(&mut self, item: &EnumDescriptor, scope: &Scope) {
        if !self.used.contains(item.full_name()) {
            return;
        }
        let kind = ItemKind::ProtoEnum(self.enumeration(item));
        let proto = item.parent_file_descriptor_proto();
        let deprecated = item.enum_descriptor_proto().options.as_ref();
        let deprecated = deprecated.is_some_and(|options| options.deprecated());
        let id = self.declare(item.name(), proto, item.path(), deprecated, kind, scope);
        self.items.insert(item.full_name().to_owned(), id);
    }

    fn enumeration(&self, item: &EnumDescriptor) -> Enum {
        let file = item.parent_file_descriptor_proto();
        let values = in_order(item).into_iter().map(|value| EnumValue {
            name: value.name().to_owned(),
            rust: String::new(),
            doc: comment::doc(file, value.path()),
            number: value.number(),
        });
        Enum {
            values: ir::Enum {
                values: values.collect(),
            },
            is_closed: item.parent_file().syntax() == Syntax::Proto2,
        }
    }

    fn declare(
        &mut self,
        name: &str,
        file: &FileDescriptorProto,
        path: &[i32],
        is_deprecated: bool,
        kind: ItemKind,
        scope: &Scope,
    ) -> ItemId {
        let id = ItemId(self.program.items.len());
        let module = self.module(file, scope);
        self.program.modules[module.0].items.push(id);
        self.program.items.push(Item {
            name: name.to_owned(),
            rust: String::new(),
            doc: comment::doc(file, path),
            deprecated: is_deprecated.then(String::new),
            module,
            kind,
        });
        id
    }

    /// The module of a scope: made when its first item is.
    fn module(&mut self, file: &FileDescriptorProto, scope: &Scope) -> ModuleId {
        let modules = &mut self.program.modules;
        let index = modules
            .iter()
            .position(|module| module.path == scope.path)
            .unwrap_or_else(|| {
                modules.push(Module {
                    path: scope.path.clone(),
                    doc: Vec::new(),
                    files: Vec::new(),
                    items: Vec::new(),
                });
                modules.len() - 1
            });
        let module = &mut modules[index];
        match &scope.message {
            Some(message) => {
                let doc = format!("What message `{message}` has inside.");
                if !module.doc.contains(&doc) {
                    module.doc.push(doc);
                }
            }
            None => {
                let name = file.name().to_owned();
                if !module.files.contains(&name) {
                    // The comment of a file is that of its package, or of its syntax.
                    let doc = comment::doc(file, &[PACKAGE]).or(comment::doc(file, &[SYNTAX]));
                    module.doc.extend(doc);
                    module.files.push(name);
                }
            }
        }
        ModuleId(index)
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

    fn define_service(&mut self, service: &ServiceDescriptor) {
        let mut methods = Vec::new();
        for method in service.methods() {
            if method.is_client_streaming() || method.is_server_streaming() {
                self.streaming_method(&method);
            } else {
                methods.extend(self.method(&method));
            }
        }
        let id = self.items[service.full_name()];
        if let ItemKind::Service(lowered) = &mut self.program.items[id.0].kind {
            lowered.methods = methods;
        }
    }

    fn streaming_method(&mut self, method: &MethodDescriptor) {
        let service = method.parent_service();
        let file = service.parent_file_descriptor_proto();
        let title = format!("method `{}` is a stream and is left out", method.name());
        let span = place::span(self.loaded, self.sources, file, method.path());
        let diagnostic = match span {
            Some(span) => Diagnostic::warning(span, title, "streams of messages are not generated"),
            None => return,
        };
        self.diagnostics
            .push(diagnostic.help("calls of the other methods of this service work"));
    }

    fn method(&self, method: &MethodDescriptor) -> Option<Method> {
        let file = method.parent_service().parent_file_descriptor_proto();
        let message = |message: MessageDescriptor| {
            let id = self.items.get(message.full_name())?;
            Some(ir::Type::Named(*id))
        };
        let options = method.method_descriptor_proto().options.as_ref();
        Some(Method {
            name: method.name().to_owned(),
            rust: String::new(),
            doc: comment::doc(file, method.path()),
            deprecated: options
                .is_some_and(|options| options.deprecated())
                .then(String::new),
            oneway: false,
            arguments: vec![ir::Field {
                id: 1,
                name: "request".to_owned(),
                rust: String::new(),
                doc: None,
                ty: message(method.input())?,
                presence: Presence::Implicit,
                default: None,
                boxed: false,
            }],
            result: Some(message(method.output())?),
            throws: Vec::new(),
            args_type: String::new(),
            call_type: String::new(),
            result_type: String::new(),
            error_type: String::new(),
        })
    }
}

/// The values in the order of the IDL; `path` ends with the position there.
fn in_order(item: &EnumDescriptor) -> Vec<EnumValueDescriptor> {
    let mut values: Vec<_> = item.values().collect();
    values.sort_by_key(|value| value.path().last().copied());
    values
}

/// Where an item is defined.
struct Scope {
    /// Of its module.
    path: Vec<String>,
    /// Full name of the message that it is inside of.
    message: Option<String>,
}

impl Scope {
    fn inside(&self, message: &MessageDescriptor) -> Scope {
        let mut path = self.path.clone();
        path.push(names::snake(message.name()));
        Scope {
            path,
            message: Some(message.full_name().to_owned()),
        }
    }
}

/// The scope of a file: its package, or its name where it has none.
fn package(file: &FileDescriptor) -> Scope {
    let stem = file.name().rsplit('/').next().unwrap_or_default();
    let stem = stem.strip_suffix(".proto").unwrap_or(stem);
    let path = match file.package_name() {
        "" => vec![names::snake(stem)],
        package => package.split('.').map(names::snake).collect(),
    };
    Scope {
        path,
        message: None,
    }
}

/// Numbers of `FileDescriptorProto`'s fields, of which paths consist.
const PACKAGE: i32 = 2;
const SYNTAX: i32 = 12;
