//! Conversions of names, one table for each.

use std::collections::BTreeSet;

use super::{camel, escape, fresh, screaming, snake, unique};

#[test]
fn snake_names() {
    let check = |idl: &str, rust: &str| assert_eq!(snake(idl), rust, "{idl}");
    check("msgMap", "msg_map");
    check("HTTPServer", "http_server");
    check("FOO_BAR", "foo_bar");
    check("ID", "id");
    check("i32Map", "i32_map");
    check("aB2C", "a_b2_c");
    check("_private", "private");
    check("trailing_", "trailing");
    check("a__b", "a_b");
    check("_1", "n1");
    check("_", "unnamed");
}

#[test]
fn camel_names() {
    let check = |idl: &str, rust: &str| assert_eq!(camel(idl), rust, "{idl}");
    check("request", "Request");
    check("HTTPServer", "HTTPServer");
    check("NOW_EAT_THIS", "NowEatThis");
    check("second_chance", "SecondChance");
    check("ME1_0", "Me1_0");
    check("foo_1", "Foo1");
    check("URL", "URL");
    check("_2d", "N2d");
    check("__", "Unnamed");
}

#[test]
fn screaming_names() {
    let check = |idl: &str, rust: &str| assert_eq!(screaming(idl), rust, "{idl}");
    check("ONE", "ONE");
    check("enumValue", "ENUM_VALUE");
    check("GEn_DUB", "G_EN_DUB");
    check("e10", "E10");
}

#[test]
fn keywords_are_escaped() {
    assert_eq!(escape("type"), "r#type");
    assert_eq!(escape("gen"), "r#gen");
    assert_eq!(escape("union"), "union");
    assert_eq!(
        (snake("self"), snake("Super")),
        ("self_".to_owned(), "super_".to_owned())
    );
    assert_eq!(camel("self"), "Self_");
    assert_eq!(escape("message"), "message");
}

#[test]
fn colliding_names_are_told_apart_and_plain_ones_keep_theirs() {
    let names = ["fooBar", "FooBar", "foo_bar", "foo_bar_"].map(str::to_owned);
    let rust = unique(names.iter(), snake, &mut BTreeSet::new());
    assert_eq!(rust, ["foo_bar_", "foo_bar__", "foo_bar", "foo_bar___"]);
}

#[test]
fn fresh_names_are_free() {
    let mut taken = BTreeSet::from(["r".to_owned()]);
    assert_eq!(fresh("r", &mut taken), "r_");
    assert_eq!(fresh("r", &mut taken), "r__");
}
