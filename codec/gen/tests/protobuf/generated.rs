//! The golden files as modules: that they compile without warnings is a test of its own.

#[path = "golden/all.rs"]
pub(crate) mod all;
#[path = "golden/docs.rs"]
mod docs;
#[path = "golden/kitex.rs"]
pub(crate) mod kitex;
#[path = "golden/legacy.rs"]
pub(crate) mod legacy;
#[path = "golden/names.rs"]
pub(crate) mod names;
#[path = "golden/service.rs"]
pub(crate) mod service;
