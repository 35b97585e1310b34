//! Metadata of calls: what goes with requests, and what comes back.

use std::cell::RefCell;
use std::rc::Rc;

use codec::frame::metainfo::Travel;

use super::reply::Reply;

/// What a client's handle sends along, as header keys with their prefixes.
#[derive(Clone, Debug, Default)]
pub(super) struct Metadata {
    values: Vec<(String, String)>,
}

impl Metadata {
    pub(super) fn set_persistent(&mut self, name: &str, value: &str) {
        self.set(Travel::Persistent, name, value);
    }

    pub(super) fn set_transient(&mut self, name: &str, value: &str) {
        self.set(Travel::Transient, name, value);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    fn set(&mut self, travel: Travel, name: &str, value: &str) {
        let key = [travel.prefix(), name].concat();
        match self.values.iter_mut().find(|(known, _)| *known == key) {
            Some(entry) => entry.1 = value.to_owned(),
            None => self.values.push((key, value.to_owned())),
        }
    }
}

/// A place for the metadata that comes back with replies; see [`Client::collect_into`](super::Client::collect_into). Cloning
/// gives another handle of the same place.
#[derive(Clone, Debug, Default)]
pub struct ReplyMetadata {
    values: Rc<RefCell<Vec<(String, String)>>>,
}

impl ReplyMetadata {
    /// The value that came back under this key with the latest reply.
    pub fn get(&self, key: &str) -> Option<String> {
        let values = self.values.borrow();
        values
            .iter()
            .rfind(|(known, _)| known == key)
            .map(|(_, value)| value.clone())
    }

    /// Everything that came back with the latest reply.
    pub fn all(&self) -> Vec<(String, String)> {
        self.values.borrow().clone()
    }

    pub(super) fn collect(&self, reply: &Reply) {
        let values = reply
            .headers()
            .map(|(key, value)| (key.to_owned(), value.to_owned()));
        self.values.replace(values.collect());
    }
}
