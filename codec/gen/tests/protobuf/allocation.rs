//! What decoding and encoding allocate: nothing that is not in the message, and nothing for lengths once a thread is warm.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use codec::Limits;
use codec::protobuf::{Decode, Encode, Encoder};
use netpoll_buffer::{LinkBuffer, Pool, PoolConfig};

use crate::generated::all::everything::{All, all};
use crate::sample::put_bytes;

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is passed on as it is; counting touches a plain thread-local cell and allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.set(BYTES.get() + layout.size());
        // SAFETY: the caller's promise, passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise, passed on.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// What `work` returns, and how many bytes it allocated on this thread.
fn allocated<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = BYTES.get();
    let value = work();
    (value, BYTES.get() - before)
}

#[test]
fn decoding_borrows() {
    let bytes =
        b"\x18\x96\x01\x72\x07testing\x7a\x05bytes\x82\x01\x06\x08\x01\x12\x02ab\xf2\x03\x01a";
    let (message, bytes) = allocated(|| All::decode(bytes, &Limits::default()).expect("valid"));
    assert_eq!(message.a_string, "testing");
    assert_eq!(bytes, 0);
}

#[test]
fn encoding_messages_in_messages_allocates_once_per_thread() {
    let mut nested = all::Nested::default();
    for id in 0..20 {
        nested = all::Nested {
            id,
            children: vec![nested],
            ..all::Nested::default()
        };
    }
    let message = All {
        a_message: Some(nested),
        ..All::default()
    };
    let pool = Pool::new(PoolConfig::default());
    let mut output = LinkBuffer::new();
    let mut encode = || {
        let mut writer = output.writer(&pool);
        message.encode(&mut Encoder::new(&mut writer));
        writer.finish();
        output.clear();
    };
    encode();
    let ((), bytes) = allocated(encode);
    assert_eq!(bytes, 0);
}

#[test]
fn a_packed_field_allocates_what_its_values_take() {
    let mut message = Vec::new();
    put_bytes(&mut message, 34, &[1; 1000]);
    let (decoded, bytes) = allocated(|| All::decode(&message, &Limits::default()).expect("valid"));
    assert_eq!(decoded.int64s.len(), 1000);
    assert_eq!(bytes, 8000);
}

#[test]
fn a_length_allocates_nothing_ahead() {
    let (_, bytes) = allocated(|| {
        // Packed numbers, text and a message of four gigabytes, of which nothing is there.
        for head in [
            b"\x8a\x02\xff\xff\xff\xff\x0f",
            b"\xe2\x02\xff\xff\xff\xff\x0f",
            b"\x82\x01\xff\xff\xff\xff\x0f",
        ] {
            assert!(All::decode(head, &Limits::default()).is_err());
        }
    });
    assert!(bytes <= 3 * ERROR_BYTES, "{bytes} bytes");
}

/// What an error takes that tells what is wrong.
const ERROR_BYTES: usize = 32;
