// What the golden frames carry: every wire type of Thrift once, a declared exception, a void and a oneway method.
namespace go golden

enum Colour {
    RED = 1
    GREEN = 2
}

struct Inner {
    1: required i32 id
    2: optional string text
}

struct Item {
    1: required bool yes
    2: required i8 tiny
    3: required i16 small
    4: required i32 medium
    5: required i64 large
    6: required double real
    7: required string text
    8: required binary raw
    9: required Colour colour
    10: required list<i32> numbers
    11: required set<string> names
    12: required map<string, Inner> inners
    13: required Inner inner
    14: optional string absent
    15: optional list<bool> flags
}

exception Refused {
    1: required i32 code
    2: required string reason
}

service Golden {
    Item Mirror(1: Item item, 2: string command) throws (1: Refused refused)
    void Nothing()
    oneway void Notify(1: string text)
}
