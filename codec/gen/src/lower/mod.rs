//! Syntax trees → intermediate representation: names are resolved, ids assigned, values checked.
//!
//! Four rounds over all files, because Thrift lets a definition be used before it is written: every definition gets an item
//! and its name (`scope`); types and fields are resolved; then services, which need to know other services and exceptions;
//! then values, which need whole types. A broken part is reported and left out or replaced by something harmless: nothing is
//! emitted from a program with errors.

mod cycle;
mod fields;
mod reference;
mod scope;
mod service;
mod value;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::ir::{
    Alias, Const, Enum, EnumValue, Idl, Item, ItemId, ItemKind, Message, Module, ModuleId, Program,
    Service, Type, Union, Value,
};
use crate::load::Loaded;
use crate::names;
use crate::source::{FileId, Sources, Span};
use crate::thrift::ast::{self, DefinitionKind, Shape, TypeKind};
use scope::Scope;

/// A program, and where its items are written.
#[derive(Debug)]
pub(crate) struct Lowered {
    pub(crate) program: Program,
    /// By item: its name.
    pub(crate) places: Vec<Span>,
}

/// Lowers all files of a compilation.
pub(crate) fn lower(sources: &Sources, files: &[Loaded], diagnostics: &mut Diagnostics) -> Lowered {
    let mut lowerer = Lowerer {
        sources,
        files,
        scopes: Vec::new(),
        program: Program::default(),
        origins: Vec::new(),
        open_constants: Vec::new(),
        diagnostics,
    };
    lowerer.declare();
    lowerer.shared_modules();
    lowerer.definitions();
    lowerer.services();
    lowerer.values();
    let places = lowerer
        .origins
        .iter()
        .map(|(_, definition)| definition.name.span);
    Lowered {
        places: places.collect(),
        program: lowerer.program,
    }
}

struct Lowerer<'a> {
    sources: &'a Sources,
    files: &'a [Loaded],
    /// By file.
    scopes: Vec<Scope>,
    program: Program,
    /// By item: where it is written.
    origins: Vec<(FileId, &'a ast::Definition)>,
    /// Constants whose values are being looked at, to notice circles.
    open_constants: Vec<ItemId>,
    diagnostics: &'a mut Diagnostics,
}

impl<'a> Lowerer<'a> {
    fn file_ids(&self) -> impl Iterator<Item = FileId> + use<> {
        (0u32..).map(FileId).take(self.files.len())
    }

    /// Round one: an item for each definition, in the module of its file.
    fn declare(&mut self) {
        for file in self.file_ids() {
            let loaded = &self.files[file.0 as usize];
            let module = self.module(file, &loaded.ast);
            let mut scope = Scope::new(loaded.includes.clone());
            for definition in &loaded.ast.definitions {
                let id = ItemId(self.program.items.len());
                self.program.items.push(Item {
                    name: definition.name.text.clone(),
                    rust: String::new(),
                    doc: definition.doc.clone(),
                    deprecated: deprecation(&definition.annotations),
                    module,
                    kind: placeholder(&definition.kind),
                });
                self.program.modules[module.0].items.push(id);
                self.origins.push((file, definition));
                let class = scope::Class::of(&definition.kind);
                if let Some(first) = scope.declare(class, &definition.name.text, id) {
                    self.duplicate_definition(definition, first);
                }
            }
            self.scopes.push(scope);
        }
    }

    fn duplicate_definition(&mut self, definition: &ast::Definition, first: ItemId) {
        let name = &definition.name;
        let diagnostic = Diagnostic::error(
            name.span,
            format!("`{}` is defined twice", name.text),
            "defined again here",
        );
        self.diagnostics
            .push(diagnostic.related(self.origins[first.0].1.name.span, "first defined here"));
    }

    /// The module of a file: that of its namespace, shared with other files of the same namespace.
    fn module(&mut self, file: FileId, ast: &ast::File) -> ModuleId {
        let source = self.sources.file(file);
        let path = names::module_path(&ast.namespaces, source.stem());
        let modules = &mut self.program.modules;
        let index = modules
            .iter()
            .position(|module| module.path == path)
            .unwrap_or_else(|| {
                modules.push(Module {
                    path,
                    doc: Vec::new(),
                    files: Vec::new(),
                    items: Vec::new(),
                });
                modules.len() - 1
            });
        modules[index].files.push(source.file_name().to_owned());
        modules[index].doc.extend(ast.doc.clone());
        ModuleId(index)
    }

    /// Round two: types, enum values and fields, without defaults.
    fn definitions(&mut self) {
        for index in 0..self.origins.len() {
            let (file, definition) = self.origins[index];
            let kind = match &definition.kind {
                DefinitionKind::Typedef { ty } => ItemKind::Alias(Alias {
                    ty: self.ty(file, ty),
                    borrows: false,
                }),
                DefinitionKind::Const { ty, .. } => ItemKind::Const(Const {
                    ty: self.ty(file, ty),
                    value: Value::Bool(false),
                }),
                DefinitionKind::Enum { values } => ItemKind::Enum(self.enumeration(values)),
                DefinitionKind::Struct { shape, fields } => {
                    let fields = self.fields(file, fields, *shape);
                    match shape {
                        Shape::Union => ItemKind::Union(Union {
                            fields,
                            borrows: false,
                        }),
                        Shape::Struct | Shape::Exception => ItemKind::Message(Message {
                            is_exception: *shape == Shape::Exception,
                            fields,
                            borrows: false,
                            is_recursive: false,
                        }),
                    }
                }
                DefinitionKind::Service(_) => continue,
            };
            self.program.items[index].kind = kind;
        }
        self.alias_cycles();
    }

    fn ty(&mut self, file: FileId, ty: &ast::Type) -> Type {
        match &ty.kind {
            TypeKind::Binary => Type::Binary,
            TypeKind::Bool => Type::Bool,
            TypeKind::Double => Type::Double,
            TypeKind::I8 => Type::I8,
            TypeKind::I16 => Type::I16,
            TypeKind::I32 => Type::I32,
            TypeKind::I64 => Type::I64,
            TypeKind::String => Type::String,
            // The word is younger than many IDLs, which may use it as a name.
            TypeKind::Uuid => self.scopes[file.0 as usize]
                .own(scope::Class::Type, "uuid")
                .map_or(Type::Uuid, Type::Named),
            TypeKind::List(item) => Type::List(Box::new(self.ty(file, item))),
            TypeKind::Set(item) => Type::Set(Box::new(self.ty(file, item))),
            TypeKind::Map(key, value) => {
                let key = self.ty(file, key);
                Type::Map(Box::new(key), Box::new(self.ty(file, value)))
            }
            TypeKind::Named(name) => match self.find(file, scope::Class::Type, name) {
                Some(id) => Type::Named(id),
                None => {
                    self.unknown_type(file, name, ty);
                    Type::Bool
                }
            },
            TypeKind::Void => {
                let title = "`void` is not the type of a value";
                self.diagnostics.push(
                    Diagnostic::error(ty.span, title, "a type of a value belongs here")
                        .help("only a method can have the result `void`"),
                );
                Type::Bool
            }
        }
    }

    fn unknown_type(&mut self, file: FileId, name: &str, ty: &ast::Type) {
        if self.may_be_lost(file, name) {
            return;
        }
        let mut diagnostic = Diagnostic::error(
            ty.span,
            format!("type `{name}` is not defined"),
            "unknown type",
        );
        if self.find(file, scope::Class::Service, name).is_some() {
            diagnostic = diagnostic.help("it is a service; a service cannot be sent");
        } else if let Some(guess) = self.guess(file, name) {
            diagnostic = diagnostic.help(format!("did you mean `{guess}`?"));
        } else if let Some((prefix, _)) = name.rsplit_once('.') {
            let included = self.scopes[file.0 as usize].includes(prefix);
            diagnostic = diagnostic.help(if included {
                format!("`{prefix}` is included, but does not define it")
            } else {
                format!("add `include \"{prefix}.thrift\"`")
            });
        } else {
            diagnostic =
                diagnostic.help("define it, or write `file.Name` for one of an included file");
        }
        self.diagnostics.push(diagnostic);
    }

    /// Whether the name may be one of a definition or an include whose loss was reported.
    fn may_be_lost(&self, file: FileId, name: &str) -> bool {
        let loaded = &self.files[file.0 as usize];
        let mut missing = loaded.missing.iter();
        loaded.ast.is_damaged
            || missing.any(|prefix| name.starts_with(prefix.as_str()))
            || loaded.includes.iter().any(|(prefix, included)| {
                name.starts_with(prefix.as_str()) && self.files[included.0 as usize].ast.is_damaged
            })
    }

    fn enumeration(&mut self, values: &[ast::EnumValue]) -> Enum {
        let mut list: Vec<EnumValue> = Vec::new();
        let mut next = 0i64;
        for (index, value) in values.iter().enumerate() {
            let span = value.number.map_or(value.name.span, |(_, span)| span);
            let number = value.number.map_or(next, |(number, _)| number);
            let number = i32::try_from(number).unwrap_or_else(|_| {
                self.diagnostics.push(
                    Diagnostic::error(
                        span,
                        format!(
                            "`{}` is {number}, which does not fit an enum",
                            value.name.text
                        ),
                        "enum values are 32 bits wide",
                    )
                    .help(format!("the range is {} to {}", i32::MIN, i32::MAX)),
                );
                0
            });
            next = i64::from(number) + 1;
            let first = values[..index]
                .iter()
                .find(|other| other.name.text == value.name.text);
            if let Some(first) = first {
                let title = format!("enum value `{}` is defined twice", value.name.text);
                self.diagnostics.push(
                    Diagnostic::error(value.name.span, title, "defined again here")
                        .related(first.name.span, "first defined here"),
                );
            }
            list.push(EnumValue {
                name: value.name.text.clone(),
                rust: String::new(),
                doc: value.doc.clone(),
                number,
            });
        }
        Enum { values: list }
    }
}

/// What stands for an item until its round comes.
fn placeholder(kind: &DefinitionKind) -> ItemKind {
    match kind {
        DefinitionKind::Service(_) => ItemKind::Service(Service {
            idl: Idl::Thrift,
            parent: None,
            methods: Vec::new(),
            server: String::new(),
            client: String::new(),
            descriptor: String::new(),
        }),
        _ => ItemKind::Enum(Enum { values: Vec::new() }),
    }
}

/// The text of a `deprecated` annotation; empty when it has none.
fn deprecation(annotations: &[ast::Annotation]) -> Option<String> {
    annotations
        .iter()
        .find(|annotation| annotation.key == "deprecated")
        .map(|annotation| annotation.value.clone().unwrap_or_default())
}
