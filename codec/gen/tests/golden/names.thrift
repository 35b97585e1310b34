# Names that Rust reserves, names that generated code uses, names that become equal.
namespace rs names.type

struct Keywords {
    1: i32 as, 2: i32 async, 3: i32 await, 4: i32 break, 5: i32 const, 6: i32 continue, 7: i32 crate,
    8: i32 dyn, 9: i32 else, 10: i32 enum, 11: i32 extern, 12: i32 false, 13: i32 fn, 14: i32 for,
    15: i32 gen, 16: i32 if, 17: i32 impl, 18: i32 in, 19: i32 let, 20: i32 loop, 21: i32 match,
    22: i32 mod, 23: i32 move, 24: i32 mut, 25: i32 pub, 26: i32 ref, 27: i32 return, 28: i32 self,
    29: i32 Self, 30: i32 static, 31: i32 struct, 32: i32 super, 33: i32 trait, 34: i32 true,
    35: i32 type, 36: i32 union, 37: i32 unsafe, 38: i32 use, 39: i32 where, 40: i32 while,
    41: i32 abstract, 42: i32 become, 43: i32 box, 44: i32 do, 45: i32 final, 46: i32 macro,
    47: i32 override, 48: i32 priv, 49: i32 try, 50: i32 typeof, 51: i32 unsized, 52: i32 virtual,
    53: i32 yield, 54: i32 macro_rules, 55: i32 raw, 56: i32 safe, 57: i32 default, 58: i32 auto,
}

/** Words of Thrift. */
struct ThriftWords {
    1: string string, 2: i32 list, 3: i32 required, 4: optional i32 optional, 5: i32 service, 6: i32 throws,
    7: i32 namespace, 8: i32 include, 9: i32 extends, 10: i32 oneway, 11: i32 void, 12: i32 exception,
    13: i32 typedef, 14: i32 map, 15: i32 set, 16: i32 bool, 17: i32 uuid, 18: i32 binary,
}

/** Names that generated functions use for themselves. */
struct Locals {
    1: required i32 r, 2: required i32 w, 3: required i32 field, 4: required string value, 5: optional i32 Some,
    6: i32 None, 7: i32 Ok, 8: i32 r_, 9: i32 into_owned, 10: i32 decode, 11: i32 encode, 12: list<i32> name,
}

struct Collisions {
    1: i32 fooBar, 2: i32 foo_bar, 3: i32 FooBar, 4: i32 FOO_BAR, 5: i32 foo__bar, 6: i32 _fooBar, 7: i32 foo_bar_,
}

struct foo_bar { 1: i32 a }
struct FooBar { 1: i32 a }
struct FOO_BAR { 1: i32 a }
struct _ { 1: i32 __, 2: i32 _1, 3: i32 _ }
struct _2d { 1: i32 a }

struct Option { 1: string text }
struct Some { 1: required Option none }
struct Vec { 1: list<Option> list }
struct Box { 1: optional Box box }
struct String { 1: string string }
struct Result { 1: required Ok ok = {"text": "fine"}, 2: optional Err err }
struct Ok { 1: string text }
struct Default { 1: Default default }
struct Str { 1: string str, 2: binary bin, 3: map<string, i32> map, 4: set<string> set }
struct Bin { 1: binary bin }
struct Map { 1: map<i32, Map> map }
struct Set { 1: set<i32> set }
struct Decode { 1: Decode decode }
struct Encode { 1: required Decode encode }
struct Reader { 1: string a }
struct Writer { 1: string a }
struct Kind { 1: i32 kind }
struct DecodeError { 1: required i32 a }
struct IntoOwned { 1: list<string> a }
struct Self { 1: i32 a }
struct R { 1: R r }
struct W { 1: W w }
struct T { 1: i32 t }
enum Err { Some = 1, None = 2, Err = 3, err = 4, self = 5, Self = 6, _ = 7 }
union None { 1: Option option, 2: Some some, 3: i32 Self, 4: i32 self, 5: i32 Owned, 6: string Error }
typedef string str
typedef i64 u8
enum ONE { A }
const i32 one = 1
const i32 One = 2
const i32 N1 = 3
const ONE a = ONE.A

exception Error { 1: string message }
exception From { 1: optional string Message, 2: Error source }
