struct A { 1: i32 a }
enum A { B }
service A {}

struct Fields {
    1: i32 a,
    2: i32 a,
    1: string b,
}

enum Values { ONE, TWO, ONE }

service Methods {
    void get(1: i32 a, 1: i32 b),
    i32 get(),
    void put(1: i32 a, 2: i32 a) throws (1: E e, 1: E f),
}

exception E {}

const i32 X = 1
const i32 X = 2
