struct A {
    32768: i32 tooLarge,
    -3: i32 negative,
    0: i32 zero,
    i32 none,
    1: i32 fine,
}
enum E { BIG = 0x80000000, SMALL = -2147483648, LAST = 2147483647, NEXT }
