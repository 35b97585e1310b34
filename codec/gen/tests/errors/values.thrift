enum Bird { KITTIWAKE = 1, GULL = 2 }
enum Fish { HERRING = 1, GULL = 2 }
struct Point { 1: i32 x, 2: string name }
union Either { 1: i32 left, 2: string right }

const bool FLAG = 2
const i8 SMALL = 128
const i16 NUMBER = "text"
const i32 REAL = 1.5
const string TEXT = 5
const list<i32> ITEMS = [1, "two", 3.0]
const map<string, i32> PAIRS = {1: 1, "b": "b"}
const map<string, i32> LIST = [1]
const Bird NUMBERED = 3
const Bird NAMED = Bird.HERRING
const Bird BARE = KITTIWAKE
const Bird OTHER = Fish.HERRING
const Bird STRING = "GULL"
const i32 ENUM = Bird.NONE
const string ENUM_TEXT = Bird.GULL
const Point MISSING = {"z": 1}
const Point KEYS = {1: 1}
const Point LISTED = [1, "a"]
const Point NESTED = {"x": "text", "name": 4}
const Either BOTH = {"left": 1, "right": "a"}
const Either NEITHER = {}
const i32 UNKNOWN = NOWHERE
const i32 CIRCLE = SQUARE
const i32 SQUARE = CIRCLE
const uuid ID = "not-a-uuid"
const i32 USES_WRONG = SMALL

struct Defaults {
    1: i32 a = "text",
    2: Point p = {"x": 99999999999},
    3: Bird bird = Bird.GULL,
}

union TwoDefaults { 1: i32 a = 1, 2: i32 b = 2 }

service Store { void put(1: i32 a = "b") }
