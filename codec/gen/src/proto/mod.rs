//! The front end for protobuf: `.proto` files → intermediate representation.
//!
//! `protox` reads and checks the files, as protoc would, and describes them; no program is called. What is described is
//! lowered to items of the same [`Program`](crate::ir::Program) that Thrift's front end makes: enums and services are the
//! same for both, messages and oneofs are those of [`model`].
//!
//! Of a file that is only imported, what the input files use is compiled: an import for the sake of an option costs nothing.

pub(crate) mod analyze;
mod load;
mod locations;
mod lower;
pub(crate) mod model;
mod used;

use std::path::PathBuf;

use crate::diagnostic::Diagnostics;
use crate::ir::Program;
use crate::source::Sources;

/// Reads `inputs` and what they import, and lowers them. With errors the program is not to be emitted.
pub(crate) fn compile(
    inputs: &[PathBuf],
    include_dirs: &[PathBuf],
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Program {
    let Some(loaded) = load::load(inputs, include_dirs, sources, diagnostics) else {
        return Program::default();
    };
    let mut program = lower::lower(&loaded, sources, diagnostics);
    analyze::analyze(&mut program);
    program
}
