//! rustfmt leaves generated code as it is, however long the names are.

use crate::compile;

/// An IDL in which every name that ends up in code has `length` letters.
fn idl(length: usize) -> String {
    let name = |first: &str| format!("{first}{}", "x".repeat(length - first.len()));
    let (a, b, c) = (name("Aa"), name("Bb"), name("Cc"));
    let (f, g) = (name("ff"), name("gg"));
    format!(
        r#"
struct {a} {{
    1: required string {f}, 2: optional i32 {g}, 3: required i64 {g}1, 4: {b} {f}2, 5: list<map<{a}, {b}>> {f}3,
    6: {b} {f}4 = {{"{f}": 7}}, 7: optional list<string> {f}5 = ["{f}"], 8: i32 {f}6 = 5, 9: string {f}7 = "{f}",
}}
struct {b} {{ 1: optional i32 {f}, 2: optional list<string> {g} }}
struct P{a} {{ 1: required {c} {f} }}
exception {c} {{ 1: string message }}
exception D{c} {{ 1: i32 {f}, 2: bool {g} }}
union U{a} {{ 1: {a} {f}, 2: string {g}, 3: U{a} {f}1, 4: i32 {f}2 = 8 }}
enum E{b} {{ {f}, {g} = 7 }}
typedef map<{a}, list<{b}>> T{a}
const string S{f} = "{f}"
const i32 I{f} = 7
const E{b} N{f} = E{b}.{g}
const list<E{b}> L{f} = [E{b}.{f}, 7]
const map<string, {b}> M{f} = {{"{f}": {{"{f}": 1}}, "b": {{}}}}
service {f}s {{
    {a} {f}(1: {b} {g}, 2: string {f}),
    void {g}(),
    oneway void o{g}(1: i32 {g}),
    list<{a}> l{f}(1: i32 n) throws (1: {c} {f}, 2: D{c} {g}),
    map<{b}, list<{a}>> m{f}(1: {a} {f}) throws (1: {c} {f}, 2: {c} {g}),
    i64 i{f}(1: i64 i) throws (1: D{c} {g}),
}}
service {g}s extends {f}s {{ string s{g}(1: string {g}) }}
"#
    )
}

#[test]
fn names_of_every_length() {
    for length in 2..=64 {
        let compilation = compile::text(&idl(length));
        let what = format!("names of {length} letters");
        compile::assert_formatted(compile::output(&compilation), &what);
    }
}

#[test]
fn modules_in_modules() {
    for depth in 1..6 {
        let path = vec!["space"; depth].join(".");
        for length in [8, 16, 24, 32] {
            let compilation = compile::text(&format!("namespace rs {path}\n{}", idl(length)));
            let what = format!("names of {length} letters in {depth} modules");
            compile::assert_formatted(compile::output(&compilation), &what);
        }
    }
}

#[test]
fn names_of_people_s_length_need_no_exception_from_formatting() {
    let compilation = compile::text(&idl(14));
    assert!(!compile::output(&compilation).contains("rustfmt::skip"));
}
