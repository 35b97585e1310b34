struct Plain { 1: i32 a }
exception Oops { 1: i32 code }

service A extends C {}
service B extends A {}
service C extends B {}
service D extends Plain {}
service E extends Nowhere {}

service Store {
    oneway i32 count(),
    oneway void fail() throws (1: Oops oops),
    void bad() throws (1: Plain plain, 2: i32 number),
    Oops fine() throws (1: Oops oops),
    Store itself(),
}
