//! The limits: what a peer may ask of us, each under its own name.
//!
//! A length from the wire is compared with its limit before anything is reserved for it. The error names the limit.

/// How large what arrives may be. Every field is an option of servers and clients.
///
/// ```
/// use codec::Limits;
///
/// let limits = Limits { frame_bytes_max: 1 << 20, ..Limits::default() };
/// assert_eq!(limits.header_bytes_max, 64 * 1024);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one frame: length prefixes, header and payload. Default 16 MiB. It bounds replies as well.
    pub frame_bytes_max: usize,
    /// Bytes of a TTHeader or a mesh header. Default 64 KiB.
    pub header_bytes_max: usize,
    /// Levels of structs, lists, sets and maps within each other. Default 64, which is also the most that counts.
    pub depth_max: usize,
    /// Bytes of one string or binary value. Default 16 MiB.
    pub string_bytes_max: usize,
    /// Elements of all lists, sets and maps of one message together; a map's entry is one. Default 4,194,304.
    ///
    /// A container never has more elements than its bytes can hold; this bounds what small elements become in memory.
    pub elements_max: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            frame_bytes_max: 16 << 20,
            header_bytes_max: 64 << 10,
            depth_max: DEPTH_MAX,
            string_bytes_max: 16 << 20,
            elements_max: 4 << 20,
        }
    }
}

/// Levels for which there is memory; a larger [`Limits::depth_max`] counts as this.
pub const DEPTH_MAX: usize = 64;
