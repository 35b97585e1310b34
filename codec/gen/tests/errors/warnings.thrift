java_package old.words

senum Season { "Spring", "Summer" }

struct A {
    i32 noId,
    -5: i32 negative,
    1: slist words,
    2: required A again,
}

union U { 1: required i32 a, 2: string b = "a \. b" }

enum Bird { GULL = 1 }
enum Fish { GULL = 1 }
struct Wrong { 1: Bird bird = Fish.GULL }

service S {
    async void old(1: i32 a),
    A stream(1: A a) (streaming.mode = "bidirectional"),
}

const string TEXT = 'one
two'
