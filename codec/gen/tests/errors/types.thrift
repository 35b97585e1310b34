struct Point { 1: double x }

service Store { void put(1: Point p) }

typedef Loop Pool
typedef list<Pool> Loop

struct A {
    1: Piont a,
    2: strin b,
    3: Store c,
    4: void d,
    5: list<Unknown> e,
    6: other.Thing f,
    7: Point.x g,
}
