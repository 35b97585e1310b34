//! `Encoder`: writes into a connection's output, or a vector.

use bytes::Bytes;
use netpoll_buffer::NO_COPY_BYTES;

use crate::{
    protobuf::{Encode, Sink, encode::Sizes},
    varint,
};

/// Writes a message.
///
/// ```
/// # use codec::protobuf::{Encode, Encoder, Sink, types};
/// # struct Point(i32, i32);
/// # impl Encode for Point {
/// #     fn encode<S: Sink>(&self, s: &mut S) {
/// #         s.implicit::<types::Sint32>(8, &self.0);
/// #         s.implicit::<types::Sint32>(16, &self.1);
/// #     }
/// # }
/// use netpoll_buffer::{LinkBuffer, Pool, PoolConfig};
///
/// let pool = Pool::new(PoolConfig::default());
/// let mut output = LinkBuffer::new();
/// let mut writer = output.writer(&pool);
/// Point(3, -4).encode(&mut Encoder::new(&mut writer));
/// assert_eq!(writer.finish(), 4);
/// assert_eq!(output.first(), [8, 6, 16, 7]);
/// ```
#[derive(Debug)]
pub struct Encoder<'o, O> {
    out: &'o mut O,
    sizes: Sizes,
}

/// Where encoded bytes go.
pub trait Output {
    /// The first `len` of `N` bytes.
    fn put<const N: usize>(&mut self, bytes: [u8; N], len: usize);

    /// Bytes, by reference if that is better.
    fn put_bytes(&mut self, bytes: &[u8]);

    /// Bytes in counted memory, by reference if that is better.
    fn put_shared(&mut self, bytes: &Bytes);
}

impl<'o, O: Output> Encoder<'o, O> {
    /// An encoder to the end of `out`.
    #[inline]
    pub fn new(out: &'o mut O) -> Encoder<'o, O> {
        Encoder {
            out,
            sizes: Sizes::default(),
        }
    }

    #[cold]
    #[inline(never)]
    fn varint_long(&mut self, value: u64) {
        let (bytes, len) = varint::encode(value);
        self.out.put(bytes, len);
    }
}

impl<O: Output> Sink for Encoder<'_, O> {
    #[inline]
    fn varint(&mut self, value: u64) {
        if value < 0x80 {
            self.out.put([value as u8], 1);
        } else if value < 0x4000 {
            self.out.put([value as u8 | 0x80, (value >> 7) as u8], 2);
        } else {
            self.varint_long(value);
        }
    }

    #[inline]
    fn fixed32(&mut self, value: u32) {
        self.out.put(value.to_le_bytes(), 4);
    }

    #[inline]
    fn fixed64(&mut self, value: u64) {
        self.out.put(value.to_le_bytes(), 8);
    }

    #[inline]
    fn bytes(&mut self, value: &[u8]) {
        self.varint(value.len() as u64);
        self.out.put_bytes(value);
    }

    #[inline]
    fn shared(&mut self, value: &Bytes) {
        self.varint(value.len() as u64);
        self.out.put_shared(value);
    }

    #[inline]
    fn raw(&mut self, fields: &[u8]) {
        self.out.put_bytes(fields);
    }

    #[inline]
    fn nested<E: Encode>(&mut self, message: &E) {
        let len = self.sizes.take(message);
        self.varint(len as u64);
        message.encode(self);
    }
}

impl Output for netpoll_buffer::Writer<'_> {
    #[inline]
    fn put<const N: usize>(&mut self, bytes: [u8; N], len: usize) {
        self.put_prefix(bytes, len);
    }

    #[inline]
    fn put_bytes(&mut self, bytes: &[u8]) {
        self.put_field_bytes(bytes);
    }

    #[inline]
    fn put_shared(&mut self, bytes: &Bytes) {
        if bytes.len() < NO_COPY_BYTES {
            self.put_slice(bytes);
        } else {
            netpoll_buffer::Writer::put_bytes(self, bytes.clone());
        }
    }
}

impl Output for Vec<u8> {
    #[inline]
    fn put<const N: usize>(&mut self, bytes: [u8; N], len: usize) {
        self.extend_from_slice(&bytes[..len]);
    }

    #[inline]
    fn put_bytes(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }

    #[inline]
    fn put_shared(&mut self, bytes: &Bytes) {
        self.extend_from_slice(bytes);
    }
}
