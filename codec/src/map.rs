//! `Map`: a vector of entries in wire order.
//!
//! Decoding a map is pushing entries: no hash, no comparison, any key type. Looking up is a walk from the back, so of two
//! entries with the same key the last one wins. Where many look-ups follow, `into_hash_map`.

use std::{collections::HashMap, fmt, hash::Hash, slice, vec};

/// The entries of a map field, in wire order.
///
/// ```
/// use codec::Map;
///
/// let mut ages: Map<&str, i32> = [("ada", 36), ("bob", 41), ("ada", 37)].into_iter().collect();
/// assert_eq!(ages.get(&"ada"), Some(&37));
/// assert_eq!(ages.insert("bob", 42), Some(41));
/// ```
#[derive(Clone)]
pub struct Map<K, V> {
    entries: Vec<(K, V)>,
}

impl<K, V> Map<K, V> {
    /// No entries, no heap memory.
    #[inline]
    pub const fn new() -> Map<K, V> {
        Map {
            entries: Vec::new(),
        }
    }

    /// No entries, room for `capacity`.
    pub fn with_capacity(capacity: usize) -> Map<K, V> {
        Map {
            entries: Vec::with_capacity(capacity),
        }
    }

    /// How many entries; those with the same key all count.
    #[inline]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Append an entry without looking for its key.
    #[inline]
    pub fn push(&mut self, key: K, value: V) {
        self.entries.push((key, value));
    }

    /// The entries in order.
    #[inline]
    pub fn iter(&self) -> slice::Iter<'_, (K, V)> {
        self.entries.iter()
    }

    /// The keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// The values in order.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// The entries as a slice.
    #[inline]
    pub fn as_slice(&self) -> &[(K, V)] {
        &self.entries
    }

    /// The entries as a vector.
    pub fn into_vec(self) -> Vec<(K, V)> {
        self.entries
    }

    /// A hash map; of entries with the same key the last one stays.
    pub fn into_hash_map(self) -> HashMap<K, V>
    where
        K: Eq + Hash,
    {
        self.entries.into_iter().collect()
    }
}

impl<K: PartialEq, V> Map<K, V> {
    /// The value of the last entry with this key. Walks over the entries.
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: PartialEq<Q>,
        Q: ?Sized,
    {
        let mut entries = self.entries.iter().rev();
        entries
            .find(|(candidate, _)| candidate == key)
            .map(|(_, value)| value)
    }

    /// Whether an entry has this key.
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: PartialEq<Q>,
        Q: ?Sized,
    {
        self.get(key).is_some()
    }

    /// Set the value of a key. Returns the one it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let mut entries = self.entries.iter_mut().rev();
        if let Some((_, slot)) = entries.find(|(candidate, _)| *candidate == key) {
            return Some(std::mem::replace(slot, value));
        }
        self.entries.push((key, value));
        None
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Map::new()
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for Map<K, V> {
    /// Whether both hold the same value for each key, in whatever order. Quadratic.
    fn eq(&self, other: &Map<K, V>) -> bool {
        let holds_all_of = |one: &Map<K, V>, two: &Map<K, V>| {
            one.keys()
                .all(|key| two.get(key).is_some() && one.get(key) == two.get(key))
        };
        holds_all_of(self, other) && holds_all_of(other, self)
    }
}

impl<K: Eq, V: Eq> Eq for Map<K, V> {}

impl<K, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Map {
            entries: entries.into_iter().collect(),
        }
    }
}

impl<K, V> Extend<(K, V)> for Map<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        self.entries.extend(entries);
    }
}

impl<K, V> From<Vec<(K, V)>> for Map<K, V> {
    fn from(entries: Vec<(K, V)>) -> Self {
        Map { entries }
    }
}

impl<K, V, const N: usize> From<[(K, V); N]> for Map<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        Map {
            entries: entries.into(),
        }
    }
}

impl<K, V, S> From<HashMap<K, V, S>> for Map<K, V> {
    fn from(entries: HashMap<K, V, S>) -> Self {
        entries.into_iter().collect()
    }
}

impl<K, V> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<'a, K, V> IntoIterator for &'a Map<K, V> {
    type Item = &'a (K, V);
    type IntoIter = slice::Iter<'a, (K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Map<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.iter().map(|(key, value)| (key, value)))
            .finish()
    }
}
