include "nowhere.thrift"
include "ids.thrift"

struct A {
    1: nowhere.Thing a,
    2: ids.Missing b,
    3: ids.a c,
}
