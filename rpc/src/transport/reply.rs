//! Replies: encoded straight into the connection's output when it is their turn, else into a buffer of their own that waits
//! in the queue.

use codec::Limits;
use codec::frame::{EncodeError, Flags, Format, FrameHead, FrameWriter, Outgoing, Payload, key};
use codec::protobuf::Body;
use codec::thrift::{ApplicationException, Encode, MessageKind};
use netpoll_buffer::{LinkBuffer, NO_COPY_BYTES, Writer};

use super::connection::{ConnectionState, Outbound};
use super::reply_queue::Ticket;
use crate::context::Context;
use crate::status::{BizStatus, Status, exception};

/// When a reply may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// At any time: the caller said that it takes replies in any order.
    Anytime,
    /// After the replies to all earlier requests.
    InTurn(Ticket),
}

/// How a call is answered.
pub(crate) enum Reply<'a, T> {
    /// A business status: an empty result, and the status in the header. For framings with a header.
    Biz(&'a BizStatus),
    /// Type id and text.
    Exception(i32, &'a str),
    /// What the handler returned, or an exception that the IDL declares.
    Result(&'a T),
}

/// The type of a result where there is none: an empty struct.
pub(crate) struct Nothing;

impl Encode for Nothing {
    fn encode<W: codec::thrift::Writer>(&self, w: &mut W) {
        w.struct_begin();
        w.struct_end();
    }
}

impl ConnectionState {
    /// The place of the reply to a request that came in just now.
    #[inline]
    pub(crate) fn place_for(&self, head: &FrameHead) -> Place {
        if head.flags.contains(Flags::OUT_OF_ORDER) {
            return Place::Anytime;
        }
        Place::InTurn(self.outbound().borrow_mut().queue.draw())
    }

    /// Sends a reply, or keeps it until it is its turn.
    ///
    /// # Errors
    /// When it does not fit into a frame. Nothing is sent then, and the place is still to be filled.
    #[inline]
    pub(crate) fn send_reply<T: Payload>(
        &self,
        context: &Context,
        place: Place,
        reply: &Reply<'_, T>,
    ) -> Result<(), Status> {
        let limits = &self.serving().shared.config.frame;
        self.fill(place, |w| {
            encode(w, context, reply, limits).map_err(unsendable)
        })?;
        let counters = &self.serving().counters;
        match reply {
            Reply::Exception(..) => counters.exceptions.add(1),
            Reply::Biz(_) | Reply::Result(_) => counters.replies.add(1),
        }
        Ok(())
    }

    /// Answers a sign of life in kind.
    pub(crate) fn send_heartbeat(&self, head: &FrameHead, name: &str) {
        let answer = Outgoing {
            flags: Flags::default(),
            ..Outgoing::answer_to(head, name, MessageKind::Heartbeat)
        };
        let place = self.place_for(head);
        // The answer is as short as the question was, so it fits.
        let sent = self.fill(place, |w| {
            answer.heartbeat(w, &ANY_SIZE).map(drop).map_err(unsendable)
        });
        if sent.is_ok() {
            self.serving().counters.heartbeats.add(1);
        }
    }

    /// Has `write` write what belongs in a place.
    #[inline]
    fn fill(
        &self,
        place: Place,
        write: impl FnOnce(&mut Writer<'_>) -> Result<(), Status>,
    ) -> Result<(), Status> {
        let mut outbound = self.outbound().borrow_mut();
        let Outbound { output, queue } = &mut *outbound;
        match place {
            Place::InTurn(ticket) if !queue.is_turn(ticket) => {
                let mut parked = LinkBuffer::new();
                self.write_to(&mut parked, write)?;
                queue.park(ticket, parked);
            }
            Place::InTurn(_) => {
                self.write_to(output, write)?;
                queue.finish_front(output);
            }
            Place::Anytime => self.write_to(output, write)?,
        }
        drop(outbound);
        self.flush();
        Ok(())
    }

    #[inline]
    fn write_to(
        &self,
        target: &mut LinkBuffer,
        write: impl FnOnce(&mut Writer<'_>) -> Result<(), Status>,
    ) -> Result<(), Status> {
        let mut writer = target.writer(&self.serving().pool);
        write(&mut writer)?;
        writer.finish();
        Ok(())
    }
}

/// Writes a whole frame.
#[inline(always)]
fn encode<T: Payload>(
    w: &mut Writer<'_>,
    context: &Context,
    reply: &Reply<'_, T>,
    limits: &Limits,
) -> Result<(), EncodeError> {
    let format = context.head.format;
    match reply {
        Reply::Result(value) => {
            let plain = match has_headers(context) {
                false => Outgoing::begin_reply(&context.head, &context.frame, w),
                true => None,
            };
            let frame = match plain {
                Some(frame) => frame,
                None => begin(w, context, MessageKind::Reply, None, limits)?,
            };
            if context.frame.len() >= NO_COPY_BYTES {
                w.set_origin(context.frame.clone());
            }
            value.write_payload(format, w);
            frame.finish(w, limits)?;
        }
        Reply::Biz(biz) => {
            let frame = begin(w, context, MessageKind::Reply, Some(biz), limits)?;
            // In protobuf nothing is an empty message.
            Nothing.write_payload(format, w);
            frame.finish(w, &ANY_SIZE)?;
        }
        Reply::Exception(id, text) => {
            let frame = begin(w, context, MessageKind::Exception, None, limits)?;
            encode_exception(w, format, *id, shortened(text));
            frame.finish(w, &ANY_SIZE)?;
        }
    }
    Ok(())
}

/// What the frame of a reply says.
#[inline]
fn answer(context: &Context, kind: MessageKind) -> Outgoing<'_> {
    Outgoing {
        flags: Flags::default(),
        ..Outgoing::answer_to(&context.head, context.method(), kind)
    }
}

/// Whether something is to be said in the header of a reply, if it has one; nearly never.
#[inline]
fn has_headers(context: &Context) -> bool {
    !context.reply_metadata.is_empty() || context.state().serving().is_stopping()
}

/// Writes what is before the payload, in whichever form.
#[inline(never)]
fn begin(
    w: &mut Writer<'_>,
    context: &Context,
    kind: MessageKind,
    biz: Option<&BizStatus>,
    limits: &Limits,
) -> Result<FrameWriter, EncodeError> {
    let answer = answer(context, kind);
    let is_stopping = context.state().serving().is_stopping();
    if biz.is_none() && !has_headers(context) {
        return Ok(answer.begin(w));
    }
    let biz = biz.map(BizStatus::to_headers).unwrap_or_default();
    let biz = biz.iter().map(|(key, value)| (*key, value.as_str()));
    let metadata = context.reply_metadata.iter();
    let metadata = metadata.map(|(key, value)| (key.as_str(), value.as_str()));
    let reset = is_stopping.then_some((key::CONNECTION_RESET, "1"));
    let kind = kind.number().to_string();
    let integers = [(key::MESSAGE_TYPE, kind.as_str())];
    answer.begin_with(w, limits, None, metadata.chain(biz).chain(reset), integers)
}

fn encode_exception(w: &mut Writer<'_>, format: Format, id: i32, text: &str) {
    let exception = ApplicationException::new(id, text);
    match format {
        Format::Thrift(_) => exception.write_payload(format, w),
        Format::KitexProtobuf => Body(exception).write_payload(format, w),
    }
}

/// A text that was made of what a peer sent may be as long as a frame; nobody reads that much.
fn shortened(text: &str) -> &str {
    &text[..text.floor_char_boundary(EXCEPTION_TEXT_MAX)]
}

#[cold]
fn unsendable(error: EncodeError) -> Status {
    Status::exception(
        exception::INTERNAL_ERROR,
        format!("cannot send the reply: {error}"),
    )
}

/// For what has to be sent in any case and is short, apart from the method's name, which the caller chose.
const ANY_SIZE: Limits = Limits {
    frame_bytes_max: usize::MAX,
    header_bytes_max: usize::MAX,
    depth_max: 0,
    string_bytes_max: 0,
    elements_max: 0,
};
/// Bytes of an exception's text.
const EXCEPTION_TEXT_MAX: usize = 4 << 10;
