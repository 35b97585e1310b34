namespace rs constants

include "types.thrift"

const bool YES = true
const bool NO = 0
const i8 MIN = -128
const i32 HEX = 0x7fffffff
const i32 NEGATIVE_HEX = -0x10
const i64 SMALLEST = -9223372036854775808
const double REAL = 3.25
const double EXPONENT = -1.5e-10
const double WHOLE = 12
const double ENDLESS = 1e999
const string TEXT = "a 'text' with \"quotes\", a \\ and a line\nbreak"
const string LONG = 'a text that is so long that it does not fit on the line of the constant, whatever the indentation'
const binary BYTES = "bytes \t"
const uuid ID = "00112233-4455-6677-8899-AABBCCDDEEFF"
const types.Bird FAVOURITE = types.Bird.KITTIWAKE
const types.Bird BY_NUMBER = 2
const types.Bird AGAIN = FAVOURITE
const i32 AS_NUMBER = types.Bird.GreatAuk
const i32 REFERENCE = HEX
const types.Id ALIASED = 5

/** Built on first use. */
const list<i32> LIST = [1, 2, 3,]
const set<string> SET = ["one"; "two"]
const map<string, list<i32>> MAP = {"a": [1, HEX], 'b': []}
const list<i32> EMPTY = []
const types.Scalars STRUCT = {"text": TEXT, "bird": types.Bird.fulmar, "bytes": "b"}
const map<types.Bird, types.Optional> STRUCTS = {
    types.Bird.KITTIWAKE: {"text": "optional", "scalars": {"id": 3}},
    types.Bird.fulmar: {},
}
const Choice UNION = {"text": "chosen"}
const list<string> WORDS = ["a word that is longer than others and gets a line of its own", TEXT]

union Choice {
    1: string text,
    2: i32 number,
}
