//! Layers that come with the crate.

mod deadline;

pub use deadline::{Deadline, DeadlineLayer};
