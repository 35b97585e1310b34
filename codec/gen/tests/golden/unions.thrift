namespace rs unions

struct Point {
    1: double x,
    2: double y,
}

/** A figure. */
union Shape {
    /** A radius. */
    1: double circle,
    2: list<Point> polygon,
    3: string named,
    4: Shape twice,
    -1: i32 automatic,
}

union Plain {
    1: i32 number = 4,
    2: bool owned,
    3: i64 Unknown,
}

union Built {
    1: list<string> words = ["default"],
    2: Built inner,
}

struct Holder {
    1: Shape implicit,
    2: required Plain required_one,
    3: optional Shape optional_one,
    4: list<Plain> many,
}
