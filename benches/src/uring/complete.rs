//! Completions turned into events: what each result means for its connection.

use std::io;
use std::mem;

use io_uring::cqueue;

use crate::uring::buffer_ring::Piece;
use crate::uring::{Event, Receiving, Ring, Slot};

impl Ring {
    pub(super) fn complete_accept(&mut self, entry: &cqueue::Entry) -> io::Result<Option<Event>> {
        self.accepting = cqueue::more(entry.flags());
        let Ok(number) = u32::try_from(entry.result()) else {
            // A full table or too many open files: only a closed connection can cure that.
            if ![-libc::ENFILE, -libc::EMFILE].contains(&entry.result()) {
                self.arm_accept()?;
            }
            return Ok(None);
        };
        self.arm_accept()?;
        self.slots[number as usize] = Slot::default();
        self.arm_receive(number)?;
        Ok(Some(Event::Accepted(number)))
    }

    #[inline]
    pub(super) fn complete_receive(
        &mut self,
        number: u32,
        entry: &cqueue::Entry,
    ) -> io::Result<Option<Event>> {
        if matches!(self.slots[number as usize].receiving, Receiving::Into(_)) {
            return self.complete_receive_into(number, entry.result());
        }
        let piece = cqueue::buffer_select(entry.flags()).map(|buffer| {
            let length = u32::try_from(entry.result()).unwrap_or(0);
            self.buffers
                .take(buffer, length, cqueue::buffer_more(entry.flags()))
        });
        let slot = &mut self.slots[number as usize];
        let mut end = None;
        if !cqueue::more(entry.flags()) {
            let stopping = mem::take(&mut slot.receiving) == Receiving::Stopping;
            match entry.result() {
                _ if slot.closing => {}
                1.. if !stopping => self.arm_receive(number)?,
                result if result == -libc::ENOBUFS && !stopping => {
                    slot.receiving = Receiving::Starved;
                    self.starved.push(number);
                }
                result if stopping && (result > 0 || STOPPED.contains(&result)) => {
                    end = Some(Event::Stopped(number));
                }
                _ => end = Some(Event::Ended(number)),
            }
        }
        self.deliver(number, piece, end)
    }

    /// Of a piece and an end, whichever there are: one now, the other one next.
    #[inline]
    fn deliver(
        &mut self,
        number: u32,
        piece: Option<Piece>,
        end: Option<Event>,
    ) -> io::Result<Option<Event>> {
        let closing = self.slots[number as usize].closing;
        match piece {
            Some(piece) if !closing && !piece.is_empty() => {
                self.second = end.map(|end| (number, end));
                return Ok(Some(Event::Received(number, piece)));
            }
            Some(piece) => self.buffers.release(piece),
            None => {}
        }
        if closing {
            self.finish_close(number)?;
            return Ok(None);
        }
        Ok(end)
    }

    fn complete_receive_into(&mut self, number: u32, result: i32) -> io::Result<Option<Event>> {
        let slot = &mut self.slots[number as usize];
        let Receiving::Into(mut buffer) = mem::take(&mut slot.receiving) else {
            return Ok(None);
        };
        if slot.closing {
            self.finish_close(number)?;
            return Ok(None);
        }
        let Some(count) = usize::try_from(result).ok().filter(|count| *count > 0) else {
            return Ok(Some(Event::Ended(number)));
        };
        let length = buffer.len() + count;
        assert!(
            length <= buffer.capacity(),
            "the kernel filled a buffer beyond its end"
        );
        // SAFETY: the kernel has written `count` bytes behind the buffer's length, within capacity.
        unsafe { buffer.set_len(length) };
        Ok(Some(Event::Filled(number, buffer)))
    }

    #[inline]
    pub(super) fn complete_send(&mut self, number: u32, result: i32) -> io::Result<Option<Event>> {
        let slot = &mut self.slots[number as usize];
        let Some(mut output) = slot.sending.take() else {
            return Ok(None);
        };
        let (closing, sent) = (slot.closing, usize::try_from(result));
        if let Ok(count) = sent {
            output.advance(count);
            if count > 0 && !closing && output.pointers().is_some() {
                self.submit_send(number, output)?;
                return Ok(None);
            }
        }
        // After an error the receive reports the end of the connection.
        if closing {
            self.finish_close(number)?;
        }
        Ok(Some(Event::Sent(number, output)))
    }

    pub(super) fn complete_close(&mut self, number: u32) -> io::Result<Option<Event>> {
        self.slots[number as usize] = Slot::default();
        self.arm_accept()?;
        Ok(Some(Event::Closed(number)))
    }
}

/// Results that end a receive because it was to end.
const STOPPED: [i32; 2] = [-libc::ECANCELED, -libc::ENOBUFS];
