//! Round one: an item for each definition, in the module of its scope.

use protox::prost_reflect::{
    EnumDescriptor, EnumValueDescriptor, FileDescriptor, MessageDescriptor, Syntax,
};

use super::Lowerer;
use crate::ir::{self, EnumValue, Idl, Item, ItemId, ItemKind, Module, ModuleId, Service};
use crate::names;
use crate::proto::model::{Enum, Message, Oneof};

/// What every definition has.
struct Definition<'a> {
    name: &'a str,
    full_name: &'a str,
    /// From the file to the definition.
    path: &'a [i32],
    is_deprecated: bool,
}

impl Lowerer<'_> {
    pub(super) fn declare_file(&mut self, file: &FileDescriptor) {
        let scope = Scope::of(file);
        for message in file.messages() {
            self.declare_message(&message, &scope);
        }
        for item in file.enums() {
            self.declare_enum(&item, &scope);
        }
        if !self.is_input(file) {
            return;
        }
        for service in file.services() {
            let options = service.service_descriptor_proto().options.as_ref();
            let definition = Definition {
                name: service.name(),
                full_name: service.full_name(),
                path: service.path(),
                is_deprecated: options.is_some_and(|options| options.deprecated()),
            };
            let kind = ItemKind::Service(Service {
                idl: Idl::Protobuf,
                parent: None,
                methods: Vec::new(),
                server: String::new(),
                client: String::new(),
                descriptor: String::new(),
            });
            self.declare(&scope, &definition, kind);
        }
    }

    fn declare_message(&mut self, message: &MessageDescriptor, scope: &Scope) {
        if message.is_map_entry() {
            return;
        }
        let inner = scope.inside(message);
        if self.used.contains(message.full_name()) {
            let options = message.descriptor_proto().options.as_ref();
            let definition = Definition {
                name: message.name(),
                full_name: message.full_name(),
                path: message.path(),
                is_deprecated: options.is_some_and(|options| options.deprecated()),
            };
            let kind = ItemKind::ProtoMessage(Message {
                full_name: message.full_name().to_owned(),
                members: Vec::new(),
                checks_required: false,
            });
            self.declare(scope, &definition, kind);
            self.declare_oneofs(message, &inner);
        }
        for child in message.child_messages() {
            self.declare_message(&child, &inner);
        }
        for item in message.child_enums() {
            self.declare_enum(&item, &inner);
        }
    }

    fn declare_oneofs(&mut self, message: &MessageDescriptor, inner: &Scope) {
        for oneof in message.oneofs().filter(|oneof| !oneof.is_synthetic()) {
            let definition = Definition {
                name: oneof.name(),
                full_name: oneof.full_name(),
                path: oneof.path(),
                is_deprecated: false,
            };
            let kind = ItemKind::ProtoOneof(Oneof {
                full_name: oneof.full_name().to_owned(),
                fields: Vec::new(),
                checks_required: false,
            });
            self.declare(inner, &definition, kind);
        }
    }

    fn declare_enum(&mut self, item: &EnumDescriptor, scope: &Scope) {
        if !self.used.contains(item.full_name()) {
            return;
        }
        let options = item.enum_descriptor_proto().options.as_ref();
        let definition = Definition {
            name: item.name(),
            full_name: item.full_name(),
            path: item.path(),
            is_deprecated: options.is_some_and(|options| options.deprecated()),
        };
        let values = in_order(item).into_iter().map(|value| EnumValue {
            name: value.name().to_owned(),
            rust: String::new(),
            doc: self.loaded.locations.doc(&scope.file, value.path()),
            number: value.number(),
        });
        let kind = ItemKind::ProtoEnum(Enum {
            values: ir::Enum {
                values: values.collect(),
            },
            is_closed: item.parent_file().syntax() == Syntax::Proto2,
        });
        self.declare(scope, &definition, kind);
    }

    fn declare(&mut self, scope: &Scope, definition: &Definition<'_>, kind: ItemKind) {
        let id = ItemId(self.program.items.len());
        let module = self.module(scope);
        self.program.modules[module.0].items.push(id);
        self.program.items.push(Item {
            name: definition.name.to_owned(),
            rust: String::new(),
            doc: self.loaded.locations.doc(&scope.file, definition.path),
            deprecated: definition.is_deprecated.then(String::new),
            module,
            kind,
        });
        self.items.insert(definition.full_name.to_owned(), id);
    }

    /// The module of a scope: made when its first item is.
    fn module(&mut self, scope: &Scope) -> ModuleId {
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
        if let Some(message) = &scope.message {
            let doc = format!("What message `{message}` has inside.");
            if !module.doc.contains(&doc) {
                module.doc.push(doc);
            }
        } else if !module.files.contains(&scope.file) {
            // The comment of a file is that of its package, or of its syntax.
            let locations = &self.loaded.locations;
            let doc = |field| locations.doc(&scope.file, &[field]);
            module.doc.extend(doc(PACKAGE).or_else(|| doc(SYNTAX)));
            module.files.push(scope.file.clone());
        }
        ModuleId(index)
    }
}

/// The values in the order of the IDL; `path` ends with the position there.
pub(super) fn in_order(item: &EnumDescriptor) -> Vec<EnumValueDescriptor> {
    let mut values: Vec<_> = item.values().collect();
    values.sort_by_key(|value| value.path().last().copied());
    values
}

/// Where an item is defined.
struct Scope {
    /// Name of the file.
    file: String,
    /// Of the module.
    path: Vec<String>,
    /// Full name of the message that it is inside of.
    message: Option<String>,
}

impl Scope {
    /// The scope of a file: its package, or its name where it has none.
    fn of(file: &FileDescriptor) -> Scope {
        let stem = file.name().rsplit('/').next().unwrap_or_default();
        let stem = stem.strip_suffix(".proto").unwrap_or(stem);
        let path = match file.package_name() {
            "" => vec![names::snake(stem)],
            package => package.split('.').map(names::snake).collect(),
        };
        Scope {
            file: file.name().to_owned(),
            path,
            message: None,
        }
    }

    fn inside(&self, message: &MessageDescriptor) -> Scope {
        let mut path = self.path.clone();
        path.push(names::snake(message.name()));
        Scope {
            file: self.file.clone(),
            path,
            message: Some(message.full_name().to_owned()),
        }
    }
}

/// Numbers of `FileDescriptorProto`'s fields, of which paths consist.
const PACKAGE: i32 = 2;
const SYNTAX: i32 = 12;
