//! Connections and listeners: what the runtime's users see of the network.
//!
//! A connection's life is split by class of event over one struct: `connection.rs` (the struct, writing), `receive.rs`,
//! `send.rs`, `close.rs` (ending and deadlines). `listener.rs` and `connect.rs` make connections.

mod balance;
mod close;
mod connect;
mod connection;
mod listener;
mod receive;
mod send;
mod waiting;

pub use balance::Balance;
pub(crate) use balance::HandOver;
pub(crate) use connect::ConnectAttempt;
pub use connect::connect;
pub use connection::{Connection, ConnectionId};
pub use listener::bind;
pub(crate) use listener::{ListenerState, open_client, open_listeners};

use netpoll_buffer::{LinkBuffer, Pool};

use crate::error::CloseReason;

/// Makes one run of a short buffer in several, as a message is that lies across the end of a block. The copy costs less
/// than a gathered send, and than the memory of a chain that would be allocated again for each.
#[inline]
fn join_short(bytes: &mut LinkBuffer, pool: &Pool) {
    let len = bytes.len();
    if len <= JOIN_BYTES_MAX {
        bytes.contiguous(len, pool);
    }
}

/// Makes the protocol of each accepted connection; one per core and listener.
pub trait Acceptor: 'static {
    /// A connection was accepted. Runs on the core that serves it from now on; it may write already.
    fn on_active(&self, connection: &Connection) -> Box<dyn Protocol>;
}

impl<F> Acceptor for F
where
    F: Fn(&Connection) -> Box<dyn Protocol> + 'static,
{
    fn on_active(&self, connection: &Connection) -> Box<dyn Protocol> {
        self(connection)
    }
}

/// What is done with the bytes of one connection. All callbacks run on the connection's core, one at a time.
pub trait Protocol: 'static {
    /// Bytes arrived. `input` holds everything that was received and not yet taken; whole frames are taken out of it,
    /// the beginning of an unfinished one is left in it.
    fn on_read(&mut self, connection: &Connection, input: &mut LinkBuffer);

    /// The connection is over. Nothing can be sent any more, and no other callback follows.
    fn on_inactive(&mut self, connection: &Connection, reason: CloseReason) {
        let _ = (connection, reason);
    }

    /// The peer will send no more. By default the connection is closed once its output is sent; a protocol that still
    /// works on earlier requests closes it later itself.
    fn on_end_of_stream(&mut self, connection: &Connection) {
        connection.close();
    }

    /// The core is stopping. By default the connection is closed once its output is sent; a protocol that still works on
    /// requests closes it when they are answered.
    fn on_shutdown(&mut self, connection: &Connection) {
        connection.close();
    }

    /// Whether work for this connection is under way although its input and output are silent; a busy connection is
    /// not idle.
    fn is_busy(&self) -> bool {
        false
    }
}

const JOIN_BYTES_MAX: usize = 4 << 10;
