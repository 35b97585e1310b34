//! `Set`: a vector of elements in wire order. The sibling of [`Map`](crate::Map).

use std::{collections::HashSet, fmt, hash::Hash, slice, vec};

/// The elements of a set field, in wire order.
///
/// ```
/// use codec::Set;
///
/// let mut ids: Set<i32> = [3, 1].into();
/// assert!(ids.insert(2) && !ids.insert(3));
/// assert_eq!(ids, Set::from([1, 2, 3]));
/// ```
#[derive(Clone)]
pub struct Set<T> {
    elements: Vec<T>,
}

impl<T> Set<T> {
    /// No elements, no heap memory.
    #[inline]
    pub const fn new() -> Set<T> {
        Set {
            elements: Vec::new(),
        }
    }

    /// No elements, room for `capacity`.
    pub fn with_capacity(capacity: usize) -> Set<T> {
        Set {
            elements: Vec::with_capacity(capacity),
        }
    }

    /// How many elements; equal ones that arrived all count.
    #[inline]
    pub fn len(&self) -> usize {
        self.elements.len()
    }

    /// Whether there is no element.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// Append an element without looking for an equal one.
    #[inline]
    pub fn push(&mut self, element: T) {
        self.elements.push(element);
    }

    /// The elements in order.
    #[inline]
    pub fn iter(&self) -> slice::Iter<'_, T> {
        self.elements.iter()
    }

    /// The elements as a slice.
    #[inline]
    pub fn as_slice(&self) -> &[T] {
        &self.elements
    }

    /// The elements as a vector.
    pub fn into_vec(self) -> Vec<T> {
        self.elements
    }

    /// A hash set.
    pub fn into_hash_set(self) -> HashSet<T>
    where
        T: Eq + Hash,
    {
        self.elements.into_iter().collect()
    }
}

impl<T: PartialEq> Set<T> {
    /// Whether an equal element is in. Walks over the elements.
    pub fn contains<Q>(&self, element: &Q) -> bool
    where
        T: PartialEq<Q>,
        Q: ?Sized,
    {
        self.iter().any(|candidate| candidate == element)
    }

    /// Add an element. False, and nothing happens, when an equal one is in.
    pub fn insert(&mut self, element: T) -> bool {
        let is_new = !self.contains(&element);
        if is_new {
            self.elements.push(element);
        }
        is_new
    }
}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Set::new()
    }
}

impl<T: PartialEq> PartialEq for Set<T> {
    /// Whether each element of one is in the other, in whatever order. Quadratic.
    fn eq(&self, other: &Set<T>) -> bool {
        self.iter().all(|element| other.contains(element))
            && other.iter().all(|element| self.contains(element))
    }
}

impl<T: Eq> Eq for Set<T> {}

impl<T> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        Set {
            elements: elements.into_iter().collect(),
        }
    }
}

impl<T> Extend<T> for Set<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, elements: I) {
        self.elements.extend(elements);
    }
}

impl<T> From<Vec<T>> for Set<T> {
    fn from(elements: Vec<T>) -> Self {
        Set { elements }
    }
}

impl<T, const N: usize> From<[T; N]> for Set<T> {
    fn from(elements: [T; N]) -> Self {
        Set {
            elements: elements.into(),
        }
    }
}

impl<T, S> From<HashSet<T, S>> for Set<T> {
    fn from(elements: HashSet<T, S>) -> Self {
        elements.into_iter().collect()
    }
}

impl<T> IntoIterator for Set<T> {
    type Item = T;
    type IntoIter = vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.elements.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Set<T> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: fmt::Debug> fmt::Debug for Set<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self).finish()
    }
}
