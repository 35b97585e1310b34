//! After warm-up a request allocates nothing on the server.
//!
//! A layer notes, on the core's own thread, how often that thread has asked the heap for memory.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rpc::{Call, DeadlineLayer, Layer, Server, Service, Status};

use crate::support::birds::Birds;
use crate::support::raw::RawClient;
use crate::support::wire::{TtHeader, arguments, framed, message};
use crate::support::{On, start};

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    // A thread that is ending has no counter any more, and nobody asks for it.
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
}

// SAFETY: every call is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promise, passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise, passed on.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        count();
        // SAFETY: the caller's promise, passed on.
        unsafe { System.realloc(memory, layout, bytes) }
    }
}

/// Notes the thread's count after every call.
#[derive(Clone)]
struct Noting(Arc<AtomicU64>);

struct Noted<S> {
    inner: S,
    seen: Arc<AtomicU64>,
}

impl<S> Layer<S> for Noting {
    type Service = Noted<S>;

    fn layer(&self, inner: S) -> Noted<S> {
        Noted {
            inner,
            seen: Arc::clone(&self.0),
        }
    }
}

impl<S: Service> Service for Noted<S> {
    async fn call(&self, call: &mut Call) -> Result<(), Status> {
        let outcome = self.inner.call(call).await;
        self.seen
            .store(ALLOCATIONS.with(Cell::get), Ordering::SeqCst);
        outcome
    }
}

/// How often the core allocates while it answers `batch` 300 times, after `warm_up` times.
fn allocations(on: On, batch: &[u8], replies: usize, warm_up: usize) -> u64 {
    let seen = Arc::new(AtomicU64::new(0));
    let server = Server::builder()
        .layer(Noting(Arc::clone(&seen)))
        .layer(DeadlineLayer)
        .service(Birds::default);
    let server = start(server, &on.config());
    let mut client = RawClient::connect(&server);
    let mut exchange = |count: usize| {
        for _ in 0..count {
            client.send(batch);
            (0..replies).for_each(|_| drop(client.receive()));
        }
        seen.load(Ordering::SeqCst)
    };
    let warm = exchange(warm_up);
    exchange(300) - warm
}

#[test]
fn a_request_allocates_nothing() {
    let text = "0123456789abcdef".repeat(64);
    let echo = message(1, "Echo", 1, &arguments(&text, 0));
    let header = TtHeader::to("Birds")
        .with_integer(12, "60000")
        .with_string("RPC_PERSIST_A", "value");
    let short = message(1, "Sleep", 1, &arguments("short", 1));
    // The first ones are warm when the ring of receive blocks has gone round.
    let cases = [
        ("framed", framed(&echo), 1, 3_000),
        ("ttheader", header.frame(&echo), 1, 3_000),
        ("pipelined", framed(&echo).repeat(32), 32, 100),
        ("woken by a timer", header.frame(&short), 1, 100),
    ];
    for on in [On::Epoll, On::Uring] {
        for (name, batch, replies, warm_up) in &cases {
            assert_eq!(
                allocations(on, batch, *replies, *warm_up),
                0,
                "{on:?}, {name}"
            );
        }
    }
}

/// What goes by reference makes the reply three views instead of one; the list of the further ones is memory.
#[test]
fn a_reply_by_reference_allocates_little() {
    let large = message(1, "Echo", 1, &arguments(&"0123456789abcdef".repeat(512), 0));
    for on in [On::Epoll, On::Uring] {
        let count = allocations(on, &TtHeader::to("Birds").frame(&large), 1, 400);
        assert!(
            count <= 2 * 300,
            "{on:?}: {count} allocations in 300 replies"
        );
    }
}
