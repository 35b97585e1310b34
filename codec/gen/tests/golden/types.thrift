/**
 * Every type, in every position.
 */
namespace rs types

/** Birds by how they fish. */
enum Bird {
    /** Takes fish from the surface. */
    KITTIWAKE = 1,
    fulmar,
    GreatAuk = 0x10,
    /** An alias of the first. */
    Gull = 1,
}

/** An id. */
typedef i64 Id
typedef list<string> Names
typedef map<string, list<Names>> Index

struct Empty {}

/** One field of each kind. */
struct Scalars {
    /** A flag. */
    1: bool flag,
    2: byte small,
    3: i8 alsoSmall,
    4: i16 medium,
    5: i32 large,
    6: i64 huge,
    7: double real,
    8: string text,
    9: binary bytes,
    10: uuid uuid,
    11: Bird bird,
    12: Id id,
}

struct Required {
    1: required bool flag,
    2: required i32 number,
    3: required string text,
    4: required binary bytes,
    5: required list<i32> numbers,
    6: required Scalars scalars,
    7: required Bird bird,
    8: required uuid uuid,
}

struct Optional {
    1: optional bool flag,
    2: optional i32 number,
    3: optional string text,
    4: optional binary bytes,
    5: optional list<i32> numbers,
    6: optional Scalars scalars,
    7: optional Bird bird,
    8: optional uuid uuid,
    9: optional Empty empty,
}

struct Containers {
    1: list<bool> flags,
    2: list<i8> smalls,
    3: list<double> reals,
    4: list<string> texts,
    5: list<binary> blobs,
    6: list<Scalars> structs,
    7: list<list<list<i16>>> nested,
    8: set<i64> numbers,
    9: set<string> words,
    10: set<Bird> birds,
    11: map<string, i32> ages,
    12: map<i32, string> names,
    13: map<Bird, list<Scalars>> flocks,
    14: map<list<i32>, map<string, set<binary>>> deep,
    15: Names aliased,
    16: Index index,
    17: list<uuid> uuids,
    18: map<bool, bool> flips,
}

/** Ids far apart and out of order; two have none. */
struct Ids {
    300: i32 far,
    1: i32 first,
    32767: i32 last,
    i32 automatic,
    i32 alsoAutomatic,
}

struct Defaults {
    1: bool flag = true,
    2: i32 number = -7,
    3: double real = 1e3,
    4: string text = "a \"quoted\" text",
    5: binary bytes = "bytes",
    6: Bird bird = Bird.GreatAuk,
    7: list<i32> numbers = [1, 2, 3],
    8: map<string, Bird> birds = {"one": Bird.fulmar, 'two': 16},
    9: optional i32 maybe = 5,
    10: optional list<string> words = ["a", "b"],
    11: Scalars scalars = {"large": 9, "text": "inner"},
    12: required string needed = "needed",
    13: set<i32> none = [],
    14: uuid uuid = "00112233-4455-6677-8899-aabbccddeeff",
    15: optional Id id = 77,
}

/** What went wrong. */
exception Lost {
    1: string message,
    2: i32 code,
}

exception Maybe {
    1: optional string msg,
}

exception Silent {
    1: i32 code,
}
