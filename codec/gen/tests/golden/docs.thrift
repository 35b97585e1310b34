/*
 * A licence that nobody wants in the documentation.
 */

/** What the whole file is about. */

namespace rs docs

// Not directly above.

struct NoDoc { 1: i32 a }

// From a line,
// and a second one.
struct Lines {
    // Of a field.
    1: i32 a, // Behind a field, so of nothing.
    2: i32 b,

    # With the other mark.
    3: i32 c,

    // Above a blank line.

    4: i32 d,
}

/// Three slashes.
struct Slashes {}

/** One line. */
struct One {}

/**
 * Several lines,
 *   indented,
 *
 *     - and like code, which rustdoc would compile:
 *         let x = does not compile;
 */
struct Several {}

/**
   Without stars.
     Indented.
 */
struct Plain {}

/** Links [like this] and List<String>, but `not [here] <T>`.
```
let x = does not compile either;
```
 */
struct Markdown {}

/** See http://example.com/a_(b), or (https://example.com/c). An odd ` and <b>
~~~rust
fn never() { compiled }
~~~
*/
struct Addresses {}

/***/
struct Nothing {}

/** The first counts */
/* even behind this. */
struct Behind {}

/** An enum. */
enum Enum {
    /** A value. */
    A = 1, /** The next value. */ B,
}

struct Old { 1: i32 a } (deprecated = "use `New`")
struct Older { 1: i32 a } (deprecated)
