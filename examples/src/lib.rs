//! Small programs, one purpose each.
