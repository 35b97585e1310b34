namespace rs

struct Good { 1: i32 a }

struct NoName {
    1: i32,
    2: string ok,
    three: i32 c,
    4 i32 d,
    5: map<string i32> e,
    6: list i32 f,
}

strcut Typo { 1: i32 a }

enum Bird { KITTIWAKE = "one", GULL = 2, }

const i32 MISSING 5

const map<string, i32> PAIRS = {"a" 1, "b": 2}

struct Open {
    1: i32 a,

service Store {
    i32 get(1: i32 a
    void put(2: string b) throws 1: Oops o,
    string (3: i32 c),
}

struct Dotted.Name { 1: i32 a }

union { 1: i32 a }

42

exception Last { 1: i32 a }
