namespace rs service

include "shared.thrift"

struct Request {
    1: required string text,
    255: optional shared.Base base,
}

struct Reply {
    1: string text,
    2: list<i32> numbers,
}

exception Full {
    1: i32 limit,
}

enum Mode { FAST = 1, SAFE = 2 }

/** Keeps texts. */
service Store extends shared.Health {
    /** Keep one. */
    Reply put(1: Request request),
    void clear(),
    oneway void forget(1: string name, 2: i64 at),
    string text(1: i32 number) throws (1: Full full, 2: shared.Denied denied),
    void check(1: Mode mode, 2: bool cx, 3: double call) throws (1: Full full),
    i64 count(1: binary prefix, 2: list<string> names, 3: set<i32> ids, 4: map<string, Reply> replies),
    list<Reply> all(1: i32 limit = 10),
    map<string, i32> twice(1: string self, 2: uuid id) throws (1: Full first, 2: Full second),
    /** A stream, which is left out. */
    Reply watch(1: Request request) (streaming.mode = "server"),
    Mode mode(1: Mode mode) (streaming.mode = "unary", deprecated = "use `check`"),
    void new(1: i32 reply, 2: i32 value, 3: string read),
}

service Empty {}

/** Names of generated types that the IDL takes. */
service Taken {
    Reply do(1: TakenClient client),
}

struct TakenClient { 1: string a }
struct TakenDoArgs { 1: i32 a }
struct Call { 1: i32 a }
struct Status { 1: i32 a }

service Service {
    Call call(1: Status status) throws (1: H h),
}

exception H { 1: string message }
