//! What peers, networks and systems do wrong, on both kernels' drivers.
//!
//! Times are measured and printed; what is asserted of them is a multiple that a busy machine keeps.

mod child;
mod endings;
mod peers;
mod resources;
mod slow;

use std::net::TcpStream;
use std::time::Duration;

use netpoll::Runtime;
use socket2::SockRef;

use crate::support::eventually;

/// Closes a connection with a reset instead of an end.
fn reset(stream: TcpStream) {
    SockRef::from(&stream)
        .set_linger(Some(Duration::ZERO))
        .expect("linger can be set");
}

/// Nothing is left on a core but the accept of its listener.
fn is_at_rest(runtime: &Runtime, core: usize) {
    eventually("nothing is left of the connections", || {
        let counters = runtime.counters(core);
        counters.connections == 0 && counters.in_flight <= 1
    });
}
