// What the codecs are compared with. Both generators read this file.

namespace rs messages

/** The request of `examples/idl/echo.thrift`. */
struct Request {
    /** What to do with the message. */
    1: required string action,
    /** The text. */
    2: required string msg,
}

/** A hundred fields, the kinds of which repeat: numbers, texts, optional ones, and every tenth a small container. */
struct Wide {
    1: required i32 f1, 2: required i64 f2, 3: required double f3, 4: required bool f4, 5: required string f5,
    6: optional i64 f6, 7: optional string f7, 8: optional bool f8, 9: required i32 f9, 10: required list<i32> f10,
    11: required i32 f11, 12: required i64 f12, 13: required double f13, 14: required bool f14,
    15: required string f15, 16: optional i64 f16, 17: optional string f17, 18: optional bool f18,
    19: required i32 f19, 20: required map<string, i64> f20, 21: required i32 f21, 22: required i64 f22,
    23: required double f23, 24: required bool f24, 25: required string f25, 26: optional i64 f26,
    27: optional string f27, 28: optional bool f28, 29: required i32 f29, 30: required list<string> f30,
    31: required i32 f31, 32: required i64 f32, 33: required double f33, 34: required bool f34,
    35: required string f35, 36: optional i64 f36, 37: optional string f37, 38: optional bool f38,
    39: required i32 f39, 40: optional list<i32> f40, 41: required i32 f41, 42: required i64 f42,
    43: required double f43, 44: required bool f44, 45: required string f45, 46: optional i64 f46,
    47: optional string f47, 48: optional bool f48, 49: required i32 f49, 50: required list<i32> f50,
    51: required i32 f51, 52: required i64 f52, 53: required double f53, 54: required bool f54,
    55: required string f55, 56: optional i64 f56, 57: optional string f57, 58: optional bool f58,
    59: required i32 f59, 60: required map<string, i64> f60, 61: required i32 f61, 62: required i64 f62,
    63: required double f63, 64: required bool f64, 65: required string f65, 66: optional i64 f66,
    67: optional string f67, 68: optional bool f68, 69: required i32 f69, 70: required list<string> f70,
    71: required i32 f71, 72: required i64 f72, 73: required double f73, 74: required bool f74,
    75: required string f75, 76: optional i64 f76, 77: optional string f77, 78: optional bool f78,
    79: required i32 f79, 80: optional list<i32> f80, 81: required i32 f81, 82: required i64 f82,
    83: required double f83, 84: required bool f84, 85: required string f85, 86: optional i64 f86,
    87: optional string f87, 88: optional bool f88, 89: required i32 f89, 90: required list<i32> f90,
    91: required i32 f91, 92: required i64 f92, 93: required double f93, 94: required bool f94,
    95: required string f95, 96: optional i64 f96, 97: optional string f97, 98: optional bool f98,
    99: required i32 f99, 100: required map<string, i64> f100,
}

/** A small struct. */
struct Item {
    /** Its number. */
    1: required i64 id,
    /** Its text. */
    2: required string value,
    /** How many, where that is known. */
    3: optional i32 count,
}

/** Many small structs. */
struct Items {
    /** The structs. */
    1: required list<Item> items,
}
