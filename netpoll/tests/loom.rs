//! Every interleaving of a core that goes to sleep and threads that bring mail, and of a task that is polled and threads
//! that wake it. Run with `--cfg loom`.
#![cfg(loom)]
#![allow(
    unreachable_pub,
    reason = "the modules under test are included by path"
)]

#[path = "../src/executor/queued_flag.rs"]
mod queued_flag;
#[path = "../src/mailbox/sleep_flag.rs"]
mod sleep_flag;
#[path = "../src/sync.rs"]
mod sync;

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

use queued_flag::QueuedFlag;
use sleep_flag::SleepFlag;

/// What the kernel does with an eventfd: who waits is woken, and who comes later does not wait.
#[derive(Default)]
struct Bell {
    rung: Mutex<bool>,
    woken: Condvar,
}

impl Bell {
    fn ring(&self) {
        *self.rung.lock().unwrap() = true;
        self.woken.notify_one();
    }

    fn wait(&self) {
        let mut rung = self.rung.lock().unwrap();
        while !*rung {
            rung = self.woken.wait(rung).unwrap();
        }
        *rung = false;
    }
}

struct Shared {
    flag: SleepFlag,
    mail: AtomicUsize,
    bell: Bell,
}

impl Shared {
    fn bring_mail(&self) {
        // Relaxed: the swaps of the flag have to be enough.
        self.mail.fetch_add(1, Ordering::Relaxed);
        if self.flag.must_ring() {
            self.bell.ring();
        }
    }
}

/// The core sleeps until it has seen `count` messages; a lost wake-up is a deadlock, which loom reports.
fn check(count: usize) {
    let mut builder = loom::model::Builder::new();
    // Three switches where none is forced: more take hours with three threads.
    builder.preemption_bound = Some(3);
    builder.check(move || {
        let shared = Arc::new(Shared {
            flag: SleepFlag::new(),
            mail: AtomicUsize::new(0),
            bell: Bell::default(),
        });
        let senders: Vec<_> = (0..count)
            .map(|_| {
                let shared = Arc::clone(&shared);
                thread::spawn(move || shared.bring_mail())
            })
            .collect();
        loop {
            let seen = shared.mail.load(Ordering::Relaxed);
            if seen == count {
                break;
            }
            shared.flag.going_to_sleep();
            if shared.mail.load(Ordering::Relaxed) == seen {
                shared.bell.wait();
            }
            shared.flag.awake();
        }
        for sender in senders {
            sender.join().unwrap();
        }
    });
}

#[test]
fn one_message_wakes_the_core() {
    check(1);
}

#[test]
fn two_messages_wake_the_core() {
    check(2);
}

/// A task on its core, the queue it waits in, and what it waits for.
struct Task {
    flag: QueuedFlag,
    made: AtomicUsize,
    queue: Mutex<usize>,
    woken: Condvar,
}

impl Task {
    fn wake(&self) {
        // Relaxed: the swaps of the flag have to be enough.
        self.made.fetch_add(1, Ordering::Relaxed);
        if self.flag.must_queue() {
            *self.queue.lock().unwrap() += 1;
            self.woken.notify_one();
        }
    }

    fn take_from_queue(&self) {
        let mut queue = self.queue.lock().unwrap();
        while *queue == 0 {
            queue = self.woken.wait(queue).unwrap();
        }
        *queue -= 1;
    }
}

#[test]
fn a_task_sees_what_every_wake_up_stands_for() {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(|| {
        let task = Arc::new(Task {
            flag: QueuedFlag::new(),
            made: AtomicUsize::new(0),
            queue: Mutex::new(0),
            woken: Condvar::new(),
        });
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let task = Arc::clone(&task);
                thread::spawn(move || task.wake())
            })
            .collect();
        // A lost wake-up is a deadlock.
        let mut seen = 0;
        while seen < 2 {
            task.take_from_queue();
            task.flag.about_to_poll();
            seen = task.made.load(Ordering::Relaxed);
        }
        for thread in threads {
            thread.join().unwrap();
        }
    });
}
