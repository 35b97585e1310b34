//! Names of a file, and how one is found from another file.
//!
//! A plain name is one of the file itself. `prefix.Name` is one of an included file, whose prefix is its file name without
//! extension. Included files of included files are not visible, as in Apache's compiler.

use std::collections::BTreeMap;

use super::Lowerer;
use crate::diagnostic::Diagnostic;
use crate::ir::ItemId;
use crate::source::FileId;
use crate::thrift::ast::DefinitionKind;
use crate::thrift::similar;

/// Constants, services and types are named independently of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Const,
    Service,
    Type,
}

impl Class {
    pub(super) fn of(kind: &DefinitionKind) -> Class {
        match kind {
            DefinitionKind::Const { .. } => Class::Const,
            DefinitionKind::Service(_) => Class::Service,
            DefinitionKind::Enum { .. }
            | DefinitionKind::Struct { .. }
            | DefinitionKind::Typedef { .. } => Class::Type,
        }
    }
}

/// The names that one file defines and the files it includes.
#[derive(Debug)]
pub(super) struct Scope {
    names: BTreeMap<(Class, String), ItemId>,
    includes: Vec<(String, FileId)>,
}

impl Scope {
    pub(super) fn new(includes: Vec<(String, FileId)>) -> Scope {
        Scope {
            names: BTreeMap::new(),
            includes,
        }
    }

    /// Adds a name; returns the item that has it already. Types and services share their names.
    pub(super) fn declare(&mut self, class: Class, name: &str, id: ItemId) -> Option<ItemId> {
        let rival = match class {
            Class::Const => Class::Const,
            Class::Service => Class::Type,
            Class::Type => Class::Service,
        };
        let taken = self.own(class, name).or(self.own(rival, name));
        if taken.is_none() {
            self.names.insert((class, name.to_owned()), id);
        }
        taken
    }

    /// A name of this file.
    pub(super) fn own(&self, class: Class, name: &str) -> Option<ItemId> {
        self.names.get(&(class, name.to_owned())).copied()
    }

    pub(super) fn includes(&self, prefix: &str) -> bool {
        self.includes.iter().any(|(known, _)| known == prefix)
    }
}

impl Lowerer<'_> {
    /// Warns of equal names in files that share a module: the later one gets another name in Rust.
    pub(super) fn shared_modules(&mut self) {
        let mut seen = BTreeMap::new();
        for (index, (file, definition)) in self.origins.iter().enumerate() {
            let class = match Class::of(&definition.kind) {
                Class::Const => Class::Const,
                Class::Service | Class::Type => Class::Type,
            };
            let module = self.program.items[index].module;
            let name = &definition.name;
            let (first_file, first) = *seen
                .entry((module, class, name.text.as_str()))
                .or_insert((*file, name.span));
            if first_file != *file {
                let title = format!("`{}` is defined in two files of one namespace", name.text);
                self.diagnostics.push(
                    Diagnostic::warning(name.span, title, "this one gets another name in Rust")
                        .related(first, "the name is taken by this one")
                        .help("give one of the files a `namespace rs` of its own"),
                );
            }
        }
    }

    /// What `name` means in `file`.
    pub(super) fn find(&self, file: FileId, class: Class, name: &str) -> Option<ItemId> {
        let scope = &self.scopes[file.0 as usize];
        scope.own(class, name).or_else(|| {
            // File names may have dots too, so any dot may be the one that separates.
            scope.includes.iter().find_map(|(prefix, included)| {
                let rest = name.strip_prefix(prefix.as_str())?.strip_prefix('.')?;
                self.scopes[included.0 as usize].own(class, rest)
            })
        })
    }

    /// A type visible in `file` whose name is nearly `name`.
    pub(super) fn guess(&self, file: FileId, name: &str) -> Option<String> {
        let scope = &self.scopes[file.0 as usize];
        let types = |scope: &Scope, prefix: &str| -> Vec<String> {
            let own = scope
                .names
                .keys()
                .filter(|(class, _)| *class == Class::Type);
            own.map(|(_, own)| format!("{prefix}{own}")).collect()
        };
        let mut candidates = types(scope, "");
        candidates.extend(BASE_TYPES.iter().map(|&base| base.to_owned()));
        for (prefix, file) in &scope.includes {
            candidates.extend(types(&self.scopes[file.0 as usize], &format!("{prefix}.")));
        }
        let plain = name.rsplit('.').next().unwrap_or(name);
        candidates
            .iter()
            .find(|candidate| similar(&candidate.to_ascii_lowercase(), name))
            .or_else(|| {
                candidates
                    .iter()
                    .find(|candidate| candidate.rsplit('.').next() == Some(plain))
            })
            .cloned()
    }
}

const BASE_TYPES: &[&str] = &[
    "binary", "bool", "byte", "double", "i16", "i32", "i64", "i8", "list", "map", "set", "string",
    "uuid",
];
