//! The values of messages: text, bytes, maps, sets.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use bytes::Bytes;
use codec::{Bin, ByteString, IntoOwned, Map, Set, Str};

fn texts(text: &'static str) -> [Str<'static>; 3] {
    [
        Str::from(text),
        Str::from(text.to_owned()),
        Str::from(ByteString::from(text)),
    ]
}

#[test]
fn texts_are_equal_whoever_owns_them() {
    for one in texts("a") {
        for two in texts("a") {
            assert_eq!(one, two);
        }
        for two in texts("b") {
            assert!(one < two);
        }
        let owned = "a".to_owned();
        assert_eq!(one, "a");
        assert_eq!("a", one);
        assert_eq!(one, owned);
        assert_eq!(one, *"a");
        let names: HashSet<Str<'_>> = [one.clone()].into();
        assert!(names.contains("a"));
        assert_eq!(format!("{one} {one:?}"), "a \"a\"");
        assert_eq!(one.reborrow(), one);
        assert_eq!(String::from(one.clone()), "a");
        assert_eq!(one.clone().into_owned(), one);
    }
    assert_eq!(
        Str::from(Cow::Borrowed("x")),
        Str::from(Cow::<str>::Owned("x".into()))
    );
    assert_eq!(Str::default(), "");
}

#[test]
fn bytes_are_equal_whoever_owns_them() {
    let values: [Bin<'static>; 3] = [
        Bin::from(b"ab"),
        Bin::from(vec![b'a', b'b']),
        Bin::from(Bytes::from_static(b"ab")),
    ];
    for one in &values {
        for two in &values {
            assert_eq!(one, two);
        }
        assert_eq!(*one, b"ab");
        assert_eq!(format!("{one:?}"), "b\"ab\"");
        assert_eq!(Vec::from(one.clone()), b"ab");
        assert_eq!(one.clone().into_owned(), *one);
    }
    assert!(Bin::default().is_empty());
}

#[test]
fn large_owned_values_are_not_copied_by_into_owned() {
    let text = "x".repeat(100);
    let memory = text.as_ptr();
    assert_eq!(Str::from(text).into_owned().as_ptr(), memory);
    let shared = Bytes::from(vec![1; 100]);
    let memory = shared.as_ptr();
    let value = Bin::from(shared);
    assert_eq!(value.clone().into_owned().as_ptr(), memory);
}

#[test]
fn maps_keep_order_and_the_last_value_wins() {
    let mut map: Map<Str<'_>, i32> = [("a", 1), ("b", 2), ("a", 3)]
        .map(|(key, value)| (Str::from(key), value))
        .into();
    assert_eq!((map.len(), map.get("a"), map.get("c")), (3, Some(&3), None));
    assert_eq!(map.insert("b".into(), 4), Some(2));
    assert_eq!(map.insert("c".into(), 5), None);
    assert!(map.contains_key("c"));
    let keys: Vec<_> = map.keys().map(Str::as_str).collect();
    assert_eq!(keys, ["a", "b", "a", "c"]);
    let reordered: Map<Str<'_>, i32> = [("c", 5), ("b", 4), ("a", 3)]
        .map(|(key, value)| (Str::from(key), value))
        .into();
    assert_eq!(map, reordered);
    assert_ne!(map, Map::from([(Str::from("a"), 3)]));
    assert_ne!(Map::from([(1, 1)]), Map::from([(1, 2)]));
    assert_ne!(Map::from([(1, 1)]), Map::from([(2, 1)]));
    let hashed: HashMap<_, _> = map.clone().into_hash_map();
    assert_eq!((hashed.len(), hashed["a"]), (3, 3));
    assert_eq!(Map::from(hashed), map);
    assert_eq!(map.into_owned(), reordered);
    assert_eq!(format!("{:?}", Map::from([(1, 2)])), "{1: 2}");
}

#[test]
fn sets_keep_order_and_are_compared_without() {
    let mut set = Set::from([3, 1]);
    assert!(!set.insert(3) && set.insert(2));
    assert_eq!(set.as_slice(), [3, 1, 2]);
    assert_eq!(set, Set::from([1, 2, 3, 3]));
    assert_ne!(set, Set::from([1, 2]));
    assert_eq!(set.clone().into_hash_set(), HashSet::from([1, 2, 3]));
    assert_eq!(format!("{set:?}"), "{3, 1, 2}");
}
