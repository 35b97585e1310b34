const string OPEN = "no end
const string FINE = 'fine'
const i64 HUGE = 9223372036854775808
const i32 GLUED = 12abc
struct A { 1: i32 a @ 2: i32 b }
const string ESCAPE = "a \d"
struct Größe { 1: i32 a }
/* a comment
   without end
