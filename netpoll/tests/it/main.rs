//! The runtime's tests: each runs on every driver.

mod support;

mod balance;
mod echo;
mod lifecycle;
mod tasks;
