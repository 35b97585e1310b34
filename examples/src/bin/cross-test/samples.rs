//! Values that both sides know.

use codec::Map;
use examples::thrift_test::{Insanity, Numberz, UserId, Xtruct, Xtruct2};

pub(crate) fn xtruct(text: &'static str, byte: i8, int: i32, long: i64) -> Xtruct<'static> {
    Xtruct {
        string_thing: text.into(),
        byte_thing: byte,
        i32_thing: int,
        i64_thing: long,
    }
}

pub(crate) fn nested() -> Xtruct2<'static> {
    Xtruct2 {
        byte_thing: 1,
        struct_thing: xtruct("Zero", 1, -3, -5),
        i32_thing: 5,
    }
}

/// An argument of `testInsanity` with something in it.
pub(crate) fn insanity() -> Insanity<'static> {
    Insanity {
        user_map: [(Numberz::FIVE, 5), (Numberz::EIGHT, 8)].into(),
        xtructs: vec![xtruct("Goodbye4", 4, 4, 4), xtruct("Hello2", 2, 2, 2)],
    }
}

/// What `testInsanity` answers.
pub(crate) fn insanities(argument: Insanity<'_>) -> Map<UserId, Map<Numberz, Insanity<'_>>> {
    let twice = [(Numberz::TWO, argument.clone()), (Numberz::THREE, argument)];
    let empty = [(Numberz::SIX, Insanity::default())];
    [(1, twice.into()), (2, empty.into())].into()
}

/// What `testMapMap` answers.
pub(crate) fn map_map() -> Map<i32, Map<i32, i32>> {
    let to_themselves = |numbers: std::ops::RangeInclusive<i32>| numbers.map(|n| (n, n)).collect();
    [(-4, to_themselves(-4..=-1)), (4, to_themselves(1..=4))].into()
}

/// Texts that are easily spoilt on the way.
pub(crate) fn texts() -> Vec<String> {
    vec![
        String::new(),
        "Test".to_owned(),
        "gull, Möwe, чайка, 海鸥, カモメ, نورس, 🐦".to_owned(),
        "\" \\ \\/ \u{8}\u{c}\n\r\t \0 ]] }}}{ [[[ \u{feff}\u{10ffff}".to_owned(),
        "long ".repeat(20_000),
    ]
}

/// Bytes of all values, as many as asked for.
pub(crate) fn bytes(len: usize) -> Vec<u8> {
    (0..=u8::MAX).rev().cycle().take(len).collect()
}
