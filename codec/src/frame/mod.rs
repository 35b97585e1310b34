//! Frames.

mod form;

pub use form::Form;
