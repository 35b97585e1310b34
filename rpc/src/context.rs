//! What a handler can learn about a call besides its arguments, and say besides its reply.
//!
//! Everything is looked up in the request's frame when it is asked for; a call whose handler asks for nothing pays for nothing.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

use codec::frame::metainfo::Travel;
use codec::frame::{FrameHead, Framing, Info, Numbers, key};
use netpoll::Address;
use netpoll_buffer::View;

use crate::call::Answer;
use crate::descriptor::ServiceDescriptor;
use crate::time;
use crate::transport::{ConnectionState, Route};

/// The surroundings of one call.
///
/// Metadata travels in the header of a TTHeader frame; the other framings have none. Values that are no UTF-8 are treated as
/// absent.
pub struct Context {
    /// `None` only while the memory waits to be used again.
    state: Option<Rc<ConnectionState>>,
    pub(crate) frame: View,
    pub(crate) head: FrameHead,
    pub(crate) service: &'static ServiceDescriptor,
    pub(crate) method: usize,
    pub(crate) reply_metadata: Vec<(String, String)>,
    pub(crate) answer: Answer,
    deadline: Option<Instant>,
}

impl Context {
    #[inline]
    pub(crate) fn state(&self) -> &ConnectionState {
        self.state
            .as_deref()
            .expect("a context in use has a connection")
    }

    /// Name of the service that serves the call, as in its IDL.
    pub fn service(&self) -> &'static str {
        self.service.name
    }

    /// Name of the method, as in the IDL.
    pub fn method(&self) -> &str {
        match self.service.methods.get(self.method) {
            Some(method) => method.name,
            None => std::str::from_utf8(&self.frame[self.head.name_range()]).unwrap_or_default(),
        }
    }

    /// Address of the peer at the other end of the connection. A Unix socket's peer usually has an empty path.
    pub fn peer(&self) -> Option<&Address> {
        self.state().peer()
    }

    /// How the request is framed; the reply will be framed alike.
    pub fn framing(&self) -> Framing {
        self.head.framing
    }

    /// Number of the request, by which the caller tells its calls apart.
    pub fn seq_id(&self) -> i32 {
        self.head.seq_id
    }

    /// Name of the calling service, if the caller says it (integer key 3).
    pub fn caller(&self) -> Option<&str> {
        self.integer(key::FROM_SERVICE)
            .filter(|name| !name.is_empty())
    }

    /// When the caller stops waiting (integer key 12, counted from the arrival of the request). Nothing happens then by itself:
    /// [`DeadlineLayer`](crate::DeadlineLayer) makes it so.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// How long the caller goes on waiting; zero once it has stopped.
    pub fn time_left(&self) -> Option<Duration> {
        self.deadline
            .map(|deadline| deadline.saturating_duration_since(time::now()))
    }

    /// The header value with this text key, whatever it means: `isn`, `rip`, `RPC_PERSIST_…`. Of two the last counts.
    pub fn header(&self, key: &str) -> Option<&str> {
        self.info().string_text(key).ok().flatten()
    }

    /// All header values with text keys, in wire order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.info()
            .strings()
            .filter_map(|(key, value)| Some((text(key)?, text(value)?)))
    }

    /// The header value with this integer key, see [`codec::frame::key`].
    pub fn integer(&self, key: u16) -> Option<&str> {
        self.info().int_text(key).ok().flatten()
    }

    /// A metadata value that travels with every call from here on (`RPC_PERSIST_<name>`).
    pub fn persistent(&self, name: &str) -> Option<&str> {
        self.travelling(Travel::Persistent, name)
    }

    /// All metadata values that travel with every call from here on, in wire order.
    pub fn persistent_values(&self) -> impl Iterator<Item = (&str, &str)> {
        let values = self
            .info()
            .metainfo()
            .filter(|(travel, ..)| *travel == Travel::Persistent);
        values.filter_map(|(_, name, value)| Some((text(name)?, text(value)?)))
    }

    /// A metadata value that the caller sent to this server only (`RPC_TRANSIT_<name>`).
    pub fn transient(&self, name: &str) -> Option<&str> {
        self.travelling(Travel::Transient, name)
            .or_else(|| self.travelling(Travel::TransientUpstream, name))
    }

    /// Sends a metadata value back with the reply. The key goes as it is, which is how Kitex's clients expect it.
    pub fn set_reply_metadata(&mut self, key: impl Into<String>, value: impl Into<String>) {
        let (key, value) = (key.into(), value.into());
        match self
            .reply_metadata
            .iter_mut()
            .find(|(known, _)| *known == key)
        {
            Some(entry) => entry.1 = value,
            None => self.reply_metadata.push((key, value)),
        }
    }

    pub(crate) fn info(&self) -> Info<'_> {
        self.head.info(&self.frame)
    }

    fn travelling(&self, travel: Travel, name: &str) -> Option<&str> {
        let values = self.info().metainfo();
        let found = values
            .filter(|(kind, key, _)| *kind == travel && *key == name.as_bytes())
            .last();
        found.and_then(|(.., value)| text(value))
    }
}

/// Memory of contexts that is used again: a call that finishes leaves its context to the next one.
#[derive(Debug, Default)]
#[expect(
    clippy::vec_box,
    reason = "the boxes themselves are handed out, and come back"
)]
pub(crate) struct Contexts(RefCell<Vec<Box<Context>>>);

impl Contexts {
    /// A context for a call that has just arrived.
    #[inline(always)]
    pub(crate) fn take(
        state: Rc<ConnectionState>,
        frame: View,
        head: &FrameHead,
        numbers: Numbers,
        route: &Route,
        answer: Answer,
    ) -> Box<Context> {
        let &Route {
            service, method, ..
        } = route;
        let deadline = route.timeout.map(deadline_in);
        let used = state.serving().contexts.0.borrow_mut().pop();
        let Some(mut context) = used else {
            let mut context = Box::new(Context {
                state: Some(state),
                frame,
                head: *head,
                service,
                method,
                reply_metadata: Vec::new(),
                answer,
                deadline,
            });
            context.head.set_numbers(numbers);
            return context;
        };
        context.state = Some(state);
        context.frame = frame;
        context.head = *head;
        context.head.set_numbers(numbers);
        context.service = service;
        context.method = method;
        context.answer = answer;
        context.deadline = deadline;
        context
    }

    /// Takes the memory of a finished call back, and hands out the connection that the call was for.
    #[inline]
    pub(crate) fn give_back(mut context: Box<Context>) -> Option<Rc<ConnectionState>> {
        let state = context.state.take()?;
        context.frame = View::new();
        context.reply_metadata.clear();
        let mut free = state.serving().contexts.0.borrow_mut();
        if free.len() < CONTEXTS_MAX {
            free.push(context);
        }
        drop(free);
        Some(state)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("service", &self.service())
            .field("method", &self.method())
            .field("seq_id", &self.seq_id())
            .field("peer", &self.peer())
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

fn deadline_in(timeout: Duration) -> Instant {
    time::now() + timeout.min(DEADLINE_MAX)
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// Contexts kept for the next calls of a core.
const CONTEXTS_MAX: usize = 1_024;
/// A deadline further away than this is none that anyone waits for, and keeps the sum below the clock's end.
const DEADLINE_MAX: Duration = Duration::from_secs(365 * 24 * 3600);
