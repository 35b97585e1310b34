//! The golden output as modules.

#[path = "../golden/constants.rs"]
pub(crate) mod constants;
#[path = "../golden/docs.rs"]
pub(crate) mod docs;
#[path = "../golden/names.rs"]
pub(crate) mod names;
#[path = "../golden/old.rs"]
pub(crate) mod old;
#[path = "../golden/recursive.rs"]
pub(crate) mod recursive;
#[path = "../golden/service.rs"]
pub(crate) mod service;
#[path = "../golden/shared.rs"]
pub(crate) mod shared;
#[path = "../golden/types.rs"]
pub(crate) mod types;
#[path = "../golden/unions.rs"]
pub(crate) mod unions;
