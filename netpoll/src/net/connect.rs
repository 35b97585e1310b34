//! Outgoing connections.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::{Connection, Protocol};
use crate::address::Address;
use crate::driver::{Op, OpKey, Outcome, SocketId, Token};
use crate::reactor::Core;

/// Connects to `address` from the current core; `make` builds the connection's protocol once it stands. Dropping the
/// future gives the attempt up. There is no deadline inside: wrap it in [`timeout`](crate::timeout).
///
/// # Errors
/// What the kernel says: refused, unreachable, timed out, descriptors exhausted.
///
/// # Panics
/// When polled outside of a core's thread.
pub async fn connect<F>(address: &Address, make: F) -> io::Result<Connection>
where
    F: FnOnce(&Connection) -> Box<dyn Protocol>,
{
    let socket = {
        let attempt = ConnectAttempt::start(address)?;
        Connecting { attempt }.await?
    };
    Core::with(Rc::clone).activate_connected(socket, make)
}

impl Core {
    fn activate_connected<F>(self: Rc<Self>, socket: SocketId, make: F) -> io::Result<Connection>
    where
        F: FnOnce(&Connection) -> Box<dyn Protocol>,
    {
        if self.is_full() {
            self.counters.refused.add(1);
            self.detach(socket);
            return Err(io::Error::other(format!(
                "this core has {} connections, as many as connections_max allows",
                self.config.connections_max
            )));
        }
        self.counters.connected.add(1);
        Ok(Connection::activate(&self, socket, make))
    }
}

/// A connection attempt under way.
pub(crate) struct ConnectAttempt {
    socket: SocketId,
    key: Cell<Option<OpKey>>,
    state: RefCell<State>,
}

enum State {
    Waiting(Option<Waker>),
    Done(io::Result<SocketId>),
    /// Nobody waits for it any more.
    Abandoned,
}

impl ConnectAttempt {
    fn start(address: &Address) -> io::Result<Rc<ConnectAttempt>> {
        let target = address.to_sock_addr()?;
        Core::with(|core| {
            let socket = core.open_client(address)?;
            let attempt = Rc::new(ConnectAttempt {
                socket,
                key: Cell::new(None),
                state: RefCell::new(State::Waiting(None)),
            });
            let index = core.attempts.borrow_mut().insert(Rc::clone(&attempt));
            let op = Op::Connect {
                address: Box::new(target),
            };
            attempt
                .key
                .set(Some(core.submit(socket, op, Token::Connect(index as u32))));
            Ok(attempt)
        })
    }

    /// The driver reports how it went.
    pub(crate) fn finish(&self, core: &Core, outcome: Outcome) {
        self.key.set(None);
        let result = match outcome {
            Outcome::Connected => Ok(self.socket),
            Outcome::Failed(error) => Err(error),
            other => Err(io::Error::other(format!(
                "the attempt ended with {other:?}"
            ))),
        };
        let abandoned = matches!(*self.state.borrow(), State::Abandoned);
        if result.is_err() || abandoned {
            core.detach(self.socket);
        }
        if abandoned {
            return;
        }
        if let State::Waiting(Some(waker)) = self.state.replace(State::Done(result)) {
            waker.wake();
        }
    }
}

struct Connecting {
    attempt: Rc<ConnectAttempt>,
}

impl Future for Connecting {
    type Output = io::Result<SocketId>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.attempt.state.borrow_mut();
        match &mut *state {
            State::Waiting(waker) => {
                *waker = Some(cx.waker().clone());
                Poll::Pending
            }
            State::Done(_) | State::Abandoned => {
                match std::mem::replace(&mut *state, State::Abandoned) {
                    State::Done(result) => Poll::Ready(result),
                    State::Waiting(_) | State::Abandoned => Poll::Pending,
                }
            }
        }
    }
}

impl Drop for Connecting {
    fn drop(&mut self) {
        let state = self.attempt.state.replace(State::Abandoned);
        Core::try_with(|core| match state {
            State::Waiting(_) => {
                if let Some(key) = self.attempt.key.get() {
                    core.cancel(key);
                }
            }
            State::Done(Ok(socket)) => core.detach(socket),
            State::Done(Err(_)) | State::Abandoned => {}
        });
    }
}
