//! `IntoOwned`: a value lets go of the frame it borrows from.

use crate::{Bin, Map, Set, Str};

/// A value whose borrowed parts can be copied, so that it is independent of the frame it was decoded from.
///
/// Generated code implements it. What borrows nothing stays as it is.
///
/// ```
/// use codec::{IntoOwned, Str};
///
/// let names = vec![Str::from("kittiwake")];
/// let kept: Vec<Str<'static>> = names.into_owned();
/// assert_eq!(kept, ["kittiwake"]);
/// ```
pub trait IntoOwned {
    /// The same type, borrowing nothing.
    type Owned: 'static;

    /// The same value, borrowing nothing.
    fn into_owned(self) -> Self::Owned;
}

/// Types that borrow nothing.
macro_rules! owned {
    ($($ty:ty),*) => {$(
        impl IntoOwned for $ty {
            type Owned = Self;

            #[inline]
            fn into_owned(self) -> Self {
                self
            }
        }
    )*};
}

owned!((), bool, i8, i16, i32, i64, u32, u64, f32, f64, [u8; 16]);

impl IntoOwned for Str<'_> {
    type Owned = Str<'static>;

    fn into_owned(self) -> Str<'static> {
        self.into_owned()
    }
}

impl IntoOwned for Bin<'_> {
    type Owned = Bin<'static>;

    fn into_owned(self) -> Bin<'static> {
        self.into_owned()
    }
}

impl<T: IntoOwned> IntoOwned for Option<T> {
    type Owned = Option<T::Owned>;

    fn into_owned(self) -> Self::Owned {
        self.map(T::into_owned)
    }
}

impl<T: IntoOwned> IntoOwned for Box<T> {
    type Owned = Box<T::Owned>;

    fn into_owned(self) -> Self::Owned {
        Box::new(T::into_owned(*self))
    }
}

impl<T: IntoOwned> IntoOwned for Vec<T> {
    type Owned = Vec<T::Owned>;

    fn into_owned(self) -> Self::Owned {
        self.into_iter().map(T::into_owned).collect()
    }
}

impl<T: IntoOwned> IntoOwned for Set<T> {
    type Owned = Set<T::Owned>;

    fn into_owned(self) -> Self::Owned {
        self.into_iter().map(T::into_owned).collect()
    }
}

impl<K: IntoOwned, V: IntoOwned> IntoOwned for Map<K, V> {
    type Owned = Map<K::Owned, V::Owned>;

    fn into_owned(self) -> Self::Owned {
        self.into_iter()
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .collect()
    }
}
