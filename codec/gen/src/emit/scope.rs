//! Names from outside in one generated module: short ones with a `use`, unless the IDL defines the same name there.
//!
//! An IDL may have a struct `Option` or `Reader`. In its module those words mean the IDL's types, so generated code must write
//! `::core::option::Option` there. Elsewhere it reads as people write it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::ir::{ItemId, ItemKind, Module, ModuleId, Program};
use crate::names;

/// What the names in one module mean.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    pub(super) program: &'a Program,
    pub(super) module: ModuleId,
    /// Names that the module itself defines, those of modules in it included.
    own: BTreeSet<&'a str>,
    /// What generated code has used so far: path of the parent module and name.
    used: RefCell<BTreeSet<(&'static str, String)>>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(program: &'a Program, module: ModuleId) -> Scope<'a> {
        let here = &program.modules[module.0].path;
        let inside = |other: &'a Module| other.path.strip_prefix(here.as_slice())?.first();
        let modules = program.modules.iter().filter_map(inside);
        let mut own: BTreeSet<&str> = modules.map(String::as_str).collect();
        for id in &program.modules[module.0].items {
            let item = program.item(*id);
            own.insert(item.rust.as_str());
            if let ItemKind::Service(service) = &item.kind {
                own.extend([service.server.as_str(), service.client.as_str()]);
                for method in &service.methods {
                    own.extend([
                        method.args_type.as_str(),
                        method.call_type.as_str(),
                        method.result_type.as_str(),
                        method.error_type.as_str(),
                    ]);
                }
            }
        }
        Scope {
            program,
            module,
            own,
            used: RefCell::default(),
        }
    }

    /// How to write a name of the standard library's prelude, such as `Some`.
    pub(super) fn std(&self, name: &'static str) -> String {
        if !self.own.contains(name) {
            return name.to_owned();
        }
        let (_, path) = PRELUDE
            .iter()
            .find(|(known, _)| *known == name)
            .expect("every prelude name that is emitted is in the table");
        format!("{path}::{name}")
    }

    /// How to write a name of `parent`, a path such as `::codec`. It is imported unless the IDL has its own.
    pub(super) fn outer(&self, parent: &'static str, name: &'static str) -> String {
        if self.own.contains(name) {
            return format!("{parent}::{name}");
        }
        self.used.borrow_mut().insert((parent, name.to_owned()));
        name.to_owned()
    }

    /// Brings a trait into scope for its methods.
    pub(super) fn methods_of(&self, parent: &'static str, name: &'static str) {
        let import = match self.own.contains(name) {
            true => format!("{name} as _"),
            false => name.to_owned(),
        };
        self.used.borrow_mut().insert((parent, import));
    }

    /// A name for a type parameter that hides no type of this module.
    pub(super) fn type_parameter(&self, wish: &str) -> String {
        let mut name = wish.to_owned();
        while self.own.contains(name.as_str()) {
            name.push('_');
        }
        name
    }

    /// The path of an item from this module.
    pub(super) fn path(&self, id: ItemId) -> String {
        let item = self.program.item(id);
        self.path_to(item.module, &item.rust)
    }

    /// The path of a name in a module, from this module: up to the common parent, then down.
    pub(super) fn path_to(&self, target: ModuleId, name: &str) -> String {
        let here = &self.program.modules[self.module.0].path;
        let there = &self.program.modules[target.0].path;
        let common = here.iter().zip(there).take_while(|(a, b)| a == b).count();
        let up = std::iter::repeat_n("super".to_owned(), here.len() - common);
        let down = there[common..].iter().map(|segment| names::escape(segment));
        let mut segments: Vec<String> = up.chain(down).collect();
        segments.push(names::escape(name));
        segments.join("::")
    }

    /// What was used, by parent path, as rustfmt sorts it.
    pub(super) fn imports(&self) -> Vec<(&'static str, Vec<String>)> {
        let mut by_parent: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (parent, name) in self.used.borrow().iter() {
            by_parent.entry(parent).or_default().push(name.clone());
        }
        let mut imports: Vec<_> = by_parent.into_iter().collect();
        // A longer path comes before a list of names of its beginning.
        imports.sort_by_key(|(parent, names)| {
            let list = if names.len() > 1 {
                "~"
            } else {
                names[0].as_str()
            };
            format!("{parent}::{list}")
        });
        imports
    }
}

/// Where the names of the prelude live.
const PRELUDE: &[(&str, &str)] = &[
    ("Box", "::std::boxed"),
    ("Default", "::core::default"),
    ("Err", "::core::result::Result"),
    ("From", "::core::convert"),
    ("FnOnce", "::core::ops"),
    ("None", "::core::option::Option"),
    ("Ok", "::core::result::Result"),
    ("Option", "::core::option"),
    ("Result", "::core::result"),
    ("Some", "::core::option::Option"),
    ("TryFrom", "::core::convert"),
    ("Vec", "::std::vec"),
];
