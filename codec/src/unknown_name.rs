//! `UnknownName`: a text that names no value of an enum.

use std::fmt;

/// The error of parsing an enum from a name that its IDL does not have. Generated code returns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownName;

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no value of the enum has this name")
    }
}

impl std::error::Error for UnknownName {}
