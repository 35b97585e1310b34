//! Which core serves an accepted connection.
//!
//! With `ReusePort` every core listens and the kernel's hash spreads connections; for few or long-lived connections that
//! can be uneven. With `LeastConnections` one core listens and hands each connection to the core that has the fewest.

use std::cell::Cell;
use std::sync::Arc;

use crate::counters::Counters;
use crate::driver::RawSocket;
use crate::mailbox::{Mailbox, MailboxError};
use crate::reactor::Core;

/// How connections are spread over the cores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Balance {
    /// Every core listens on the port and the kernel chooses by a hash of the addresses. No hand-over.
    #[default]
    ReusePort,
    /// The first core accepts and hands a connection to the core with the fewest open ones: an even spread for
    /// long-lived connections, at the price of one message per connection.
    LeastConnections,
}

/// The cores that an accepting core hands connections to.
#[derive(Debug)]
pub(crate) struct HandOver {
    listener: u64,
    cores: Vec<Target>,
}

#[derive(Debug)]
struct Target {
    mailbox: Mailbox,
    counters: Arc<Counters>,
    /// Connections given to this core; those it has not yet counted as adopted are on their way.
    given: Cell<u64>,
}

impl HandOver {
    pub(crate) fn new(
        listener: u64,
        cores: impl Iterator<Item = (Mailbox, Arc<Counters>)>,
    ) -> HandOver {
        let cores = cores
            .map(|(mailbox, counters)| {
                let given = Cell::new(counters.adopted.get());
                Target {
                    mailbox,
                    counters,
                    given,
                }
            })
            .collect();
        HandOver { listener, cores }
    }

    /// The core with the fewest connections, those on their way included.
    pub(crate) fn least_loaded(&self) -> usize {
        let load = |target: &Target| {
            let on_the_way = target
                .given
                .get()
                .saturating_sub(target.counters.adopted.get());
            target.counters.connections.get() + on_the_way
        };
        (0..self.cores.len())
            .min_by_key(|&index| load(&self.cores[index]))
            .unwrap_or(0)
    }

    /// Sends a connection to a core. When its mailbox is full the connection is refused (dropping the job closes the
    /// socket): a core that does not keep up with its mail would not keep up with the connection either.
    pub(crate) fn give(&self, core: usize, socket: RawSocket) -> Result<(), MailboxError> {
        let (target, listener) = (&self.cores[core], self.listener);
        target.mailbox.run(Box::new(move || {
            Core::with(|core| core.adopt(socket, listener))
        }))?;
        target.given.set(target.given.get() + 1);
        Ok(())
    }
}
