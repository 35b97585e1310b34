//! After warm-up a core allocates nothing for a request: a program of its own, because it counts in the global allocator.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use netpoll::{Acceptor, Address, Connection, DriverChoice, LinkBuffer, Protocol, Runtime};

/// The system's allocator, with a count of allocations for each thread.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

/// What the core's thread had allocated when it saw its last request.
static SEEN: AtomicU64 = AtomicU64::new(0);

fn note() {
    SEEN.store(ALLOCATIONS.get(), Ordering::Release);
}

fn count() {
    // At the very end of a thread there is nothing to count in any more.
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
}

// SAFETY: every call is passed on to the system's allocator as it is; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promise, passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promise, passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        count();
        // SAFETY: the caller's promise, passed on.
        unsafe { System.realloc(memory, layout, bytes) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise, passed on.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Passes received bytes on.
struct ByReference;

impl Protocol for ByReference {
    fn on_read(&mut self, connection: &Connection, input: &mut LinkBuffer) {
        note();
        if input.len() == MESSAGE_BYTES {
            connection.send(input);
        }
    }
}

/// Copies received bytes into an answer.
struct ByCopy;

impl Protocol for ByCopy {
    fn on_read(&mut self, connection: &Connection, input: &mut LinkBuffer) {
        note();
        if let Some(message) = input.take(MESSAGE_BYTES, connection.pool()) {
            connection.write(|writer| writer.put_slice(&message));
        }
    }
}

fn exchange(streams: &mut [TcpStream], rounds: usize) {
    let (request, mut answer) = ([7; MESSAGE_BYTES], [0; MESSAGE_BYTES]);
    for _ in 0..rounds {
        // All at once, so that a turn has several.
        for stream in &mut *streams {
            stream.write_all(&request).expect("written");
        }
        for stream in &mut *streams {
            stream.read_exact(&mut answer).expect("read");
        }
    }
}

fn allocations_of_a_request<P: Protocol>(driver: DriverChoice, make: fn() -> P) -> u64 {
    let runtime = Runtime::builder().cores(1).driver(driver).start();
    let runtime = runtime.expect("the runtime starts");
    let address: Address = "127.0.0.1:0".parse().expect("an address");
    let listener = runtime.listen(&address, move |_| {
        Rc::new(move |_: &Connection| Box::new(make()) as Box<dyn Protocol>) as Rc<dyn Acceptor>
    });
    let Address::Tcp(address) = *listener.expect("the address is free").address() else {
        panic!("a TCP listener")
    };
    let mut streams: Vec<_> = (0..CONNECTIONS)
        .map(|_| TcpStream::connect(address).expect("the server accepts"))
        .collect();
    for _ in 0..3 {
        // All requests wait for the core: one turn serves them all, and every table has its size.
        let looked_away = runtime.on_core(0, || std::thread::sleep(Duration::from_millis(20)));
        looked_away.expect("the core runs");
        exchange(&mut streams, 1);
    }
    exchange(&mut streams, WARM_UP_ROUNDS);
    let before = SEEN.load(Ordering::Acquire);
    exchange(&mut streams, ROUNDS);
    SEEN.load(Ordering::Acquire) - before
}

#[test]
fn a_request_allocates_nothing() {
    for driver in [DriverChoice::Uring, DriverChoice::Epoll] {
        let by_reference = allocations_of_a_request(driver, || ByReference);
        let by_copy = allocations_of_a_request(driver, || ByCopy);
        println!(
            "{driver:?}: {by_reference} and {by_copy} allocations in {} requests",
            ROUNDS * CONNECTIONS
        );
        assert_eq!((by_reference, by_copy), (0, 0), "{driver:?}");
    }
}

/// No part of a block's size, so that now and then a message lies across the end of one.
const MESSAGE_BYTES: usize = 1_000;
const CONNECTIONS: usize = 4;
const WARM_UP_ROUNDS: usize = 500;
const ROUNDS: usize = 1_000;
