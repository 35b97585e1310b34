//! The runtime's tests: each runs on every driver.

mod frames;
mod peer;
mod support;

mod balance;
mod echo;
mod faults;
mod lifecycle;
mod regressions;
mod simulated;
mod sockets;
mod tasks;
