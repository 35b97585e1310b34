// The services of Apache Thrift's cross tests: the same names, ids and types, so that its test programs can be called and answered.

namespace py ThriftTest
namespace rs thrift_test

/** Numbers, not all of them in a row. */
enum Numberz {
    ONE = 1,
    TWO = 2,
    THREE = 3,
    FIVE = 5,
    SIX = 6,
    EIGHT = 8,
}

/** A type with another name. */
typedef i64 UserId

/** A value of each size. */
struct Xtruct {
    1: string string_thing,
    4: i8 byte_thing,
    9: i32 i32_thing,
    11: i64 i64_thing,
}

/** A struct within a struct. */
struct Xtruct2 {
    1: i8 byte_thing,
    2: Xtruct struct_thing,
    3: i32 i32_thing,
}

/** A map and a list within a struct. */
struct Insanity {
    1: map<Numberz, UserId> userMap,
    2: list<Xtruct> xtructs,
}

/** An exception with a text. */
exception Xception {
    1: i32 errorCode,
    2: string message,
}

/** An exception with a struct. */
exception Xception2 {
    1: i32 errorCode,
    2: Xtruct struct_thing,
}

/** One method for every kind of value, exception and call. What no line says otherwise about sends its argument back. */
service ThriftTest {
    /** Nothing there, nothing back. */
    void testVoid(),
    string testString(1: string thing),
    bool testBool(1: bool thing),
    i8 testByte(1: i8 thing),
    i32 testI32(1: i32 thing),
    i64 testI64(1: i64 thing),
    double testDouble(1: double thing),
    binary testBinary(1: binary thing),
    Xtruct testStruct(1: Xtruct thing),
    Xtruct2 testNest(1: Xtruct2 thing),
    map<i32, i32> testMap(1: map<i32, i32> thing),
    map<string, string> testStringMap(1: map<string, string> thing),
    set<i32> testSet(1: set<i32> thing),
    list<i32> testList(1: list<i32> thing),
    Numberz testEnum(1: Numberz thing),
    UserId testTypedef(1: UserId thing),
    /** Two maps of numbers to themselves: under -4 those from -4 to -1, under 4 those from 1 to 4. */
    map<i32, map<i32, i32>> testMapMap(1: i32 hello),
    /** Under 1 the argument, as `TWO` and as `THREE`; under 2 an empty struct, as `SIX`. */
    map<UserId, map<Numberz, Insanity>> testInsanity(1: Insanity argument),
    /** A struct of `Hello2` and the first three arguments. */
    Xtruct testMulti(1: i8 arg0, 2: i32 arg1, 3: i64 arg2, 4: map<i16, string> arg3, 5: Numberz arg4, 6: UserId arg5),
    /** Fails with code 1001 for `Xception`, fails in no way of the IDL's for `TException`, and does nothing for the rest. */
    void testException(1: string arg) throws (1: Xception err1),
    /** Fails with code 1001 for `Xception`, with 2002 for `Xception2`, and else sends the second text back in a struct. */
    Xtruct testMultiException(1: string arg0, 2: string arg1) throws (1: Xception err1, 2: Xception2 err2),
    /** Sleeps that many seconds and answers nothing. */
    oneway void testOneway(1: i32 secondsToSleep),
}

/** Another service, for calls that name theirs. */
service SecondService {
    /** The text within `testString("…")`. */
    string secondtestString(1: string thing),
}
