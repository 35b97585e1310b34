//! Which messages and enums are compiled: all of the input files, and what is reached from there.

use std::collections::BTreeSet;

use protox::prost_reflect::{Kind, MessageDescriptor};

use super::load::Loaded;

/// Full names of what is used.
pub(super) fn used(loaded: &Loaded) -> BTreeSet<String> {
    let mut walk = Walk::default();
    let inputs = loaded
        .inputs
        .iter()
        .filter_map(|name| loaded.pool.get_file_by_name(name));
    for file in inputs {
        for message in file.messages() {
            walk.whole(message);
        }
        walk.names
            .extend(file.enums().map(|item| item.full_name().to_owned()));
        for method in file
            .services()
            .flat_map(|service| service.methods().collect::<Vec<_>>())
        {
            walk.open.extend([method.input(), method.output()]);
        }
    }
    walk.finish()
}

#[derive(Default)]
struct Walk {
    names: BTreeSet<String>,
    open: Vec<MessageDescriptor>,
}

impl Walk {
    /// A message of an input file, with everything inside.
    fn whole(&mut self, message: MessageDescriptor) {
        let enums = message.child_enums();
        self.names
            .extend(enums.map(|item| item.full_name().to_owned()));
        for child in message.child_messages() {
            self.whole(child);
        }
        self.open.push(message);
    }

    fn finish(mut self) -> BTreeSet<String> {
        while let Some(message) = self.open.pop() {
            if !self.names.insert(message.full_name().to_owned()) {
                continue;
            }
            for field in message.fields() {
                match field.kind() {
                    Kind::Message(message) => self.open.push(message),
                    Kind::Enum(item) => {
                        self.names.insert(item.full_name().to_owned());
                    }
                    _ => {}
                }
            }
        }
        self.names
    }
}
