namespace rs recursive

struct Tree {
    1: list<Tree> children,
    2: string label,
}

struct Chain {
    1: i32 value,
    2: optional Chain next,
}

struct Ping {
    1: Pong & pong,
    2: i32 count,
}

struct Pong {
    1: Ping ping,
}

typedef Alias Other

struct Alias {
    1: optional Other other,
    2: map<i32, Alias> by_number,
    3: Built built,
}

struct Built {
    1: optional Alias alias = {"by_number": {1: {}}},
}

exception Cause {
    1: string message,
    2: optional Cause cause,
}
