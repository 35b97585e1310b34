// What old versions wrote, and every place where annotations may stand.
cpp_namespace old.cpp
java_package old.java
namespace * old
namespace smalltalk.category Old
namespace xsd test (uri = 'http://example.com/ns')
cpp_include "unordered_map"

senum Season { "Spring", "Summer" }

typedef list<i32> (cpp.template = "std::list") Linked (a.b = "c")
typedef map cpp_type "std::map" <string (x), i32> Mapped;
typedef set cpp_type 'std::set' <i32> SetOf,
typedef list<i32> cpp_type "std::vector" ListOf

struct Annotated xsd_all {
    1: required string (a = "b") name (presence = "required", go.tag = 'json:"name"'),
    2: optional slist words xsd_optional xsd_nillable xsd_attrs { 1: string lang } (b),
    3: list<map<string (x = "y"), i32> (z)> (w) nested = [] (default.is = "empty";),
    4: Linked & linked
} (cpp.type = "DenseFoo", java.final = "", annotation.without.value,)

enum Weekday {
    SUNDAY (weekend = "yes"), MONDAY = +1 (a) TUESDAY; WEDNESDAY
} (foo.bar = "baz")

exception Oops { 1: i32 code } (foo = "bar"),

union Either { 1: i32 left (a); 2: string right } (b = '')

const i32 number = 098
