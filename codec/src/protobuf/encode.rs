//! `Encode`, the verbs it is written with, and `Measure`, which counts.
//!
//! Generated code names each field once; whether that counts bytes or writes them is up to the [`Sink`].

use std::{cell::Cell, mem};

use bytes::Bytes;

use crate::{
    Map,
    protobuf::{Type, UnknownFields, map::Entry, repeated::Packed, wire::varint_len},
};

/// A message, or the member of a oneof, that can be encoded. Generated code implements it.
pub trait Encode {
    /// Write the fields. What is written has to be the same each time.
    fn encode<S: Sink>(&self, s: &mut S);

    /// Bytes of the encoded message.
    fn encoded_len(&self) -> usize {
        let mut sizes = Sizes::default();
        sizes.measure(self)
    }

    /// The encoded message as a vector. On a connection, encode with an [`Encoder`](crate::protobuf::Encoder) instead.
    fn to_vec(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.encoded_len());
        self.encode(&mut crate::protobuf::Encoder::new(&mut bytes));
        bytes
    }
}

impl<T: Encode> Encode for &T {
    #[inline]
    fn encode<S: Sink>(&self, s: &mut S) {
        (**self).encode(s);
    }
}

impl<T: Encode> Encode for Box<T> {
    #[inline]
    fn encode<S: Sink>(&self, s: &mut S) {
        (**self).encode(s);
    }
}

/// Takes what [`Encode`] has to say: first values, then the fields that generated code is made of.
///
/// Writing does not fail. What is too long for the wire or for the limits is found when the frame is finished.
pub trait Sink: Sized {
    /// A number of variable length; a tag is one.
    fn varint(&mut self, value: u64);

    /// Four bytes, little endian.
    fn fixed32(&mut self, value: u32);

    /// Eight bytes, little endian.
    fn fixed64(&mut self, value: u64);

    /// A length and the bytes. Large ones that lie in the request's frame go by reference.
    fn bytes(&mut self, value: &[u8]);

    /// A length and bytes in counted memory. Large ones go by reference.
    fn shared(&mut self, value: &Bytes);

    /// Whole fields as they are.
    fn raw(&mut self, fields: &[u8]);

    /// A length and the message.
    fn nested<E: Encode>(&mut self, message: &E);

    /// A field.
    #[inline]
    fn field<'a, T: Type<'a>>(&mut self, tag: u32, value: &T::Value) {
        self.varint(u64::from(tag));
        T::write(value, self);
    }

    /// A field that is not written when it has its default.
    #[inline]
    fn implicit<'a, T: Type<'a>>(&mut self, tag: u32, value: &T::Value) {
        if !T::is_default(value) {
            self.field::<T>(tag, value);
        }
    }

    /// A field that may be missing.
    #[inline]
    fn optional<'a, T: Type<'a>>(&mut self, tag: u32, value: &Option<T::Value>) {
        if let Some(value) = value {
            self.field::<T>(tag, value);
        }
    }

    /// The elements of a repeated field, each with its tag.
    #[inline]
    fn repeated<'a, T: Type<'a>>(&mut self, tag: u32, values: &[T::Value]) {
        for value in values {
            self.field::<T>(tag, value);
        }
    }

    /// The elements of a repeated field behind one tag and length.
    #[inline]
    fn packed<'a, T: Type<'a>>(&mut self, tag: u32, values: &[T::Value]) {
        if !values.is_empty() {
            self.varint(u64::from(tag));
            self.nested(&Packed::<'_, 'a, T>(values));
        }
    }

    /// The entries of a map.
    #[inline]
    fn map<'a, K: Type<'a>, V: Type<'a>>(&mut self, tag: u32, entries: &Map<K::Value, V::Value>) {
        for entry in entries {
            self.varint(u64::from(tag));
            self.nested(&Entry::<'_, 'a, K, V>(entry));
        }
    }

    /// A message that may be missing.
    #[inline]
    fn message<E: Encode>(&mut self, tag: u32, message: &Option<E>) {
        if let Some(message) = message {
            self.varint(u64::from(tag));
            self.nested(message);
        }
    }

    /// The elements of a repeated message field.
    #[inline]
    fn messages<E: Encode>(&mut self, tag: u32, messages: &[E]) {
        for message in messages {
            self.varint(u64::from(tag));
            self.nested(message);
        }
    }

    /// A group that may be missing. `tag` is that of its start.
    #[inline]
    fn group<E: Encode>(&mut self, tag: u32, group: &Option<E>) {
        if let Some(group) = group {
            self.fields(tag, group);
        }
    }

    /// The elements of a repeated group.
    #[inline]
    fn groups<E: Encode>(&mut self, tag: u32, groups: &[E]) {
        for group in groups {
            self.fields(tag, group);
        }
    }

    /// A group: the fields of a message between a start and an end.
    #[inline]
    fn fields<E: Encode>(&mut self, tag: u32, group: &E) {
        self.varint(u64::from(tag));
        group.encode(self);
        // The tag of the end has the next wire type.
        self.varint(u64::from(tag + 1));
    }

    /// The field of a oneof that is there, if any.
    #[inline]
    fn oneof<E: Encode>(&mut self, oneof: &Option<E>) {
        if let Some(oneof) = oneof {
            oneof.encode(self);
        }
    }

    /// The fields that the message does not know.
    #[inline]
    fn unknown(&mut self, unknown: &UnknownFields<'_>) {
        unknown.write(self);
    }
}

/// Counts the bytes of a message.
#[derive(Debug)]
pub struct Measure<'s> {
    len: usize,
    sizes: &'s mut Sizes,
}

impl Sink for Measure<'_> {
    #[inline]
    fn varint(&mut self, value: u64) {
        self.len += varint_len(value);
    }

    #[inline]
    fn fixed32(&mut self, _: u32) {
        self.len += 4;
    }

    #[inline]
    fn fixed64(&mut self, _: u64) {
        self.len += 8;
    }

    #[inline]
    fn bytes(&mut self, value: &[u8]) {
        self.len += varint_len(value.len() as u64) + value.len();
    }

    #[inline]
    fn shared(&mut self, value: &Bytes) {
        self.bytes(value);
    }

    #[inline]
    fn raw(&mut self, fields: &[u8]) {
        self.len += fields.len();
    }

    #[inline]
    fn nested<E: Encode>(&mut self, message: &E) {
        let slot = self.sizes.reserve();
        let before = self.len;
        message.encode(self);
        let len = self.len - before;
        self.sizes.fill(slot, len);
        self.len += varint_len(len as u64);
    }
}

/// The lengths of the messages within the one that is being written, in the order in which they are written.
///
/// Measuring a message appends one for each message in it; writing it takes them again. Between two messages of the outermost
/// level the queue is empty, so that it is as long as one of them needs. Its memory is used again by the thread's next
/// encoder, so that a steady stream of replies allocates nothing.
#[derive(Debug, Default)]
pub(super) struct Sizes {
    queue: Vec<u32>,
    next: usize,
}

impl Sizes {
    /// The length of `message`, which is the next to be written.
    #[inline]
    pub(super) fn take<E: Encode>(&mut self, message: &E) -> usize {
        match self.queue.get(self.next) {
            Some(&len) => {
                self.next += 1;
                len as usize
            }
            None => {
                self.queue.clear();
                self.next = 0;
                self.measure(message)
            }
        }
    }

    #[inline]
    fn measure<E: Encode + ?Sized>(&mut self, message: &E) -> usize {
        let mut measure = Measure {
            len: 0,
            sizes: self,
        };
        message.encode(&mut measure);
        measure.len
    }

    #[inline]
    fn reserve(&mut self) -> usize {
        if self.queue.capacity() == 0 {
            self.queue = SPARE.take();
        }
        self.queue.push(0);
        self.queue.len() - 1
    }

    /// Lengths over four bytes are over the limit of the frame, which is checked at its end.
    #[inline]
    fn fill(&mut self, slot: usize, len: usize) {
        self.queue[slot] = len as u32;
    }
}

impl Drop for Sizes {
    #[inline]
    fn drop(&mut self) {
        if (1..=SPARE_MAX).contains(&self.queue.capacity()) {
            self.queue.clear();
            SPARE.set(mem::take(&mut self.queue));
        }
    }
}

thread_local! {
    /// The memory of a queue that is not in use.
    static SPARE: Cell<Vec<u32>> = const { Cell::new(Vec::new()) };
}

/// Lengths for which a thread keeps memory; a longer queue is freed.
const SPARE_MAX: usize = 16 << 10;
