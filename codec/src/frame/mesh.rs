//! The mesh header: pairs of texts that an old proxy puts before a message. Read, never written. WIRE.md §6.

use crate::{
    DecodeError, ErrorKind, Limits,
    frame::{form::Form, info::Spans},
};

/// Where the payload begins, by the first four bytes.
pub(crate) fn header_bytes(fixed: [u8; 4], limits: &Limits) -> Result<usize, DecodeError> {
    let [_, _, high, low] = fixed;
    let bytes = FIXED_BYTES + usize::from(u16::from_be_bytes([high, low]));
    if bytes > limits.header_bytes_max {
        let limit = limits.header_bytes_max;
        let error = DecodeError::over_limit(ErrorKind::HeaderTooLarge, bytes, limit);
        return Err(error.in_form(Form::Mesh));
    }
    Ok(bytes)
}

/// Parse the header at the start of `bytes`. Returns where the payload begins.
pub(crate) fn parse(bytes: &[u8], limits: &Limits) -> Result<(usize, Spans), DecodeError> {
    let end = |wanted| DecodeError::unexpected_end(wanted, bytes.len()).in_form(Form::Mesh);
    let fixed = *bytes.first_chunk().ok_or_else(|| end(FIXED_BYTES))?;
    let header_bytes = header_bytes(fixed, limits)?;
    let header = bytes.get(..header_bytes).ok_or_else(|| end(header_bytes))?;
    let spans = Spans::of_mesh(header, FIXED_BYTES);
    let spans = spans.map_err(|error| error.in_form(Form::Mesh))?;
    Ok((header_bytes, spans))
}

/// Bytes before the pairs.
pub(crate) const FIXED_BYTES: usize = 4;
