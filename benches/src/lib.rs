//! Load generator, comparison and micro-benchmarks.
