//! One call on the server: its arguments on the way in, its reply on the way out.
//!
//! Invariant: every call is answered exactly once, unless it is oneway: by [`Call::reply`], else by an exception when it
//! is finished, else, when its future is dropped unfinished, by an exception then. So a connection's replies never wait for
//! a call that is gone.

use std::fmt;
use std::rc::Rc;

use codec::frame::{FrameHead, FromPayload, Numbers, Payload};
use codec::thrift::MessageKind;
use netpoll_buffer::View;

use crate::context::{Context, Contexts};
use crate::status::{Reason, Status, exception};
use crate::transport::{ConnectionState, Nothing, Place, Reply, Route};

/// One call. Generated code takes the arguments out of it, calls the handler, and puts the reply in.
pub struct Call {
    /// Boxed in memory that is used again, so that a call is one word and moves through registers: memory that is moved just
    /// after it was written stalls the processor. `None` only while it is dropped.
    context: Option<Box<Context>>,
}

/// Where a call stands with its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Due, at this place among the replies of the connection.
    Due(Place),
    /// Given, or none is wanted.
    Done,
}

impl Call {
    #[inline(always)]
    pub(crate) fn new(
        state: Rc<ConnectionState>,
        frame: View,
        head: &FrameHead,
        numbers: Numbers,
        route: &Route,
    ) -> Call {
        let answer = match route.is_oneway || head.kind == MessageKind::Oneway {
            true => Answer::Done,
            false => Answer::Due(state.place_for(head)),
        };
        let context = Contexts::take(state, frame, head, numbers, route, answer);
        Call {
            context: Some(context),
        }
    }

    #[inline]
    fn surroundings(&self) -> &Context {
        self.context
            .as_deref()
            .expect("a call has a context until it is dropped")
    }

    /// Index of the method among those of the service's descriptor.
    #[inline]
    pub fn method(&self) -> usize {
        self.surroundings().method
    }

    /// The surroundings of the call.
    #[inline]
    pub fn context(&mut self) -> &mut Context {
        self.context
            .as_deref_mut()
            .expect("a call has a context until it is dropped")
    }

    /// The bytes of the arguments, to be kept while what was decoded from them is in use.
    #[inline]
    pub fn take_payload(&mut self) -> View {
        let context = self.surroundings();
        context.frame.slice(context.head.payload_range())
    }

    /// Decodes the arguments from what [`take_payload`](Self::take_payload) returned.
    ///
    /// # Errors
    /// A status that becomes an exception of type 7, if the bytes are no such value.
    #[inline(always)]
    pub fn decode<'a, T: FromPayload<'a>>(&self, payload: &'a View) -> Result<T, Status> {
        let limits = &self.surroundings().state().serving().shared.config.frame;
        let format = self.surroundings().head.format;
        T::read_payload(format, payload, limits).map_err(Status::undecodable)
    }

    /// Answers with a result, in the framing and protocol of the request. A oneway call is not answered: nothing is sent.
    ///
    /// # Errors
    /// When the call is answered already, the value is of the other language than the request, or the reply is larger than the
    /// peer may be sent.
    #[inline]
    pub fn reply<T: Payload>(&mut self, value: &T) -> Result<(), Status> {
        match self.surroundings().answer {
            Answer::Due(place) if self.is_in_format::<T>() => {
                self.send(place, &Reply::Result(value))
            }
            Answer::Due(_) => Err(Status::new(
                "the reply is of the other language, thrift or protobuf, than the request",
            )),
            Answer::Done if self.is_oneway() => Ok(()),
            Answer::Done => Err(Status::new("the call is answered already")),
        }
    }

    /// Whether a value of this type can be the answer to the request.
    #[inline]
    fn is_in_format<T: Payload>(&self) -> bool {
        let format = self.surroundings().head.format;
        T::format(format.thrift().unwrap_or_default()) == format
    }

    /// Ends the call with the service's outcome.
    #[inline]
    pub(crate) fn finish(mut self, outcome: Result<(), Status>) {
        match outcome {
            Ok(()) if self.surroundings().answer == Answer::Done => {}
            Ok(()) => self.fail(Status::internal(
                Reason::Handler,
                "the service gave no reply",
            )),
            Err(status) => self.fail(status),
        }
    }

    #[cold]
    fn fail(&mut self, status: Status) {
        let counters = &self.surroundings().state().serving().counters;
        if status.reason() == Reason::Panic {
            counters.panics.add(1);
            tracing::error!(
                service = self.surroundings().service(),
                method = self.surroundings().method(),
                "{status}"
            );
        } else {
            tracing::debug!(
                service = self.surroundings().service(),
                method = self.surroundings().method(),
                "{status}"
            );
        }
        let Answer::Due(place) = self.surroundings().answer else {
            return;
        };
        let refused = match status.as_biz() {
            Some(biz) if self.surroundings().head.framing.has_ttheader() => {
                self.send(place, &Reply::<Nothing>::Biz(biz))
            }
            _ => self.send_exception(place, &status),
        };
        if let Err(status) = refused {
            // It was the header that did not fit; without metadata an exception always does.
            self.context().reply_metadata.clear();
            let _ = self.send_exception(place, &status);
        }
    }

    fn send_exception(&mut self, place: Place, status: &Status) -> Result<(), Status> {
        let (id, message) = status.to_exception();
        self.send(place, &Reply::<Nothing>::Exception(id, &message))
    }

    #[inline]
    fn send<T: Payload>(&mut self, place: Place, reply: &Reply<'_, T>) -> Result<(), Status> {
        let context = self.context();
        context.state().send_reply(context, place, reply)?;
        context.answer = Answer::Done;
        Ok(())
    }

    fn is_oneway(&self) -> bool {
        let context = self.surroundings();
        let method = context.service.methods.get(context.method);
        context.head.kind == MessageKind::Oneway || method.is_some_and(|method| method.oneway)
    }
}

impl Drop for Call {
    #[inline]
    fn drop(&mut self) {
        if self.surroundings().answer != Answer::Done {
            self.fail(Status::with(
                Reason::Exception,
                exception::INTERNAL_ERROR,
                "the call was given up before it was answered",
            ));
        }
        let context = self.context.take();
        if let Some(state) = context.and_then(Contexts::give_back) {
            state.release_call();
        }
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("context", self.surroundings())
            .field("answer", &self.surroundings().answer)
            .finish()
    }
}
