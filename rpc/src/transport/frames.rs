//! Takes whole frames out of what has arrived; the same for servers and clients.

use codec::frame::{Scan, Scanner};
use codec::{DecodeError, Limits};
use netpoll_buffer::{LinkBuffer, Pool, View};

/// The frame at the start of the input.
pub(crate) enum Taken {
    /// It is not whole yet and has at least so many bytes.
    Need(usize),
    /// All of it.
    Whole(View),
}

/// Takes the frame at the start of `input` if it is whole.
#[inline]
pub(crate) fn take_frame(
    scanner: &mut Scanner,
    input: &mut LinkBuffer,
    pool: &Pool,
    limits: &Limits,
) -> Result<Taken, DecodeError> {
    let bytes = match scanner.scan(input, limits)? {
        Scan::Need(bytes) => return Ok(Taken::Need(bytes)),
        Scan::Frame { bytes } => bytes,
    };
    Ok(input
        .take(bytes, pool)
        .map_or(Taken::Need(bytes), Taken::Whole))
}
