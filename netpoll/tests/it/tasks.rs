//! Tasks, timers, wake-ups from other threads, blocking work.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::{Arc, Barrier, mpsc};
use std::task::{Poll, Waker};
use std::time::Duration;

use netpoll::{BlockingError, Config, JoinError, TaskArena, blocking, sleep, spawn_local, timeout};

use crate::support::{on_every_driver, on_every_kernel_driver, runtime};

#[test]
fn sleeps_end_in_the_order_of_their_deadlines() {
    on_every_driver(|driver| {
        let runtime = runtime(driver, 1, Config::default());
        let order = runtime.block_on(0, || async {
            let (sender, receiver) = mpsc::channel();
            let tasks: Vec<_> = [30u64, 10, 20, 0]
                .into_iter()
                .map(|ms| {
                    let sender = sender.clone();
                    spawn_local(async move {
                        sleep(Duration::from_millis(ms)).await;
                        let _ = sender.send(ms);
                    })
                })
                .collect();
            for task in tasks {
                task.await.expect("no panic");
            }
            receiver.try_iter().collect::<Vec<_>>()
        });
        assert_eq!(order, [0, 10, 20, 30]);
    });
}

#[test]
fn a_timeout_ends_what_takes_too_long_and_nothing_else() {
    on_every_driver(|driver| {
        let runtime = runtime(driver, 1, Config::default());
        let (late, early) = runtime.block_on(0, || async {
            let late = timeout(Duration::from_millis(5), std::future::pending::<()>()).await;
            let early = timeout(Duration::from_secs(60), async { 7 }).await;
            (late.is_err(), early)
        });
        assert!(late);
        assert_eq!(early, Ok(7));
    });
}

#[test]
fn a_panic_ends_its_task_alone() {
    on_every_driver(|driver| {
        let runtime = runtime(driver, 1, Config::default());
        let text = runtime.block_on(0, || async {
            match spawn_local(async { panic!("on purpose") }).await {
                Err(error @ JoinError::Panicked(_)) => error.to_string(),
                other => format!("{other:?}"),
            }
        });
        assert!(text.contains("on purpose"), "{text}");
        assert_eq!(runtime.block_on(0, || async { 1 + 1 }), 2);
    });
}

/// Waits once, and leaves its waker.
async fn wait_once(wakers: Rc<RefCell<Vec<Waker>>>, done: Rc<Cell<usize>>) {
    let mut waited = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        wakers.borrow_mut().push(cx.waker().clone());
        Poll::Pending
    })
    .await;
    done.set(done.get() + 1);
}

#[test]
fn a_wake_up_that_comes_too_late_leaves_the_next_task_of_the_slot_wakeable() {
    on_every_driver(|driver| {
        let runtime = runtime(driver, 1, Config::default());
        let done = runtime.block_on(0, || async {
            let arena = TaskArena::new();
            let (wakers, done) = (Rc::new(RefCell::new(vec![])), Rc::new(Cell::new(0)));
            for _ in 0..3 {
                arena.run(wait_once(Rc::clone(&wakers), Rc::clone(&done)));
                let waker = wakers.borrow_mut().pop().expect("it waits");
                waker.wake_by_ref();
                sleep(Duration::from_millis(1)).await;
                // The task is over; its slot is free when this one is looked at.
                waker.wake();
                sleep(Duration::from_millis(1)).await;
            }
            done.get()
        });
        assert_eq!(done, 3);
    });
}

#[test]
fn a_panic_in_the_first_poll_is_the_callers_and_the_arena_goes_on() {
    on_every_driver(|driver| {
        let runtime = runtime(driver, 1, Config::default());
        let done = runtime.block_on(0, || async {
            let arena = TaskArena::new();
            let done = Rc::new(Cell::new(0));
            for index in 0..4 {
                let done = Rc::clone(&done);
                let task = async move {
                    assert!(index % 2 == 1, "on purpose");
                    done.set(done.get() + 1);
                };
                let polled = catch_unwind(AssertUnwindSafe(|| arena.run(task)));
                assert_eq!(polled.ok(), (index % 2 == 1).then_some(true));
            }
            done.get()
        });
        assert_eq!(done, 2);
    });
}

#[test]
fn another_thread_wakes_a_sleeping_core() {
    on_every_driver(|driver| {
        let runtime = runtime(driver, 1, Config::default());
        for _ in 0..200 {
            let (sender, receiver) = mpsc::channel();
            let thread = std::thread::spawn(move || {
                let waker: std::task::Waker = receiver.recv().expect("a waker");
                waker.wake();
            });
            runtime.block_on(0, move || async move {
                let mut sent = false;
                poll_fn(|cx| {
                    if sent {
                        return Poll::Ready(());
                    }
                    sent = true;
                    sender.send(cx.waker().clone()).expect("the thread waits");
                    Poll::Pending
                })
                .await;
            });
            thread.join().expect("the thread lives");
        }
    });
}

#[test]
fn blocking_work_comes_back_to_its_core() {
    on_every_driver(|driver| {
        let config = Config {
            blocking_threads_max: 2,
            // The threads and their queue belong to the process, hence to all tests.
            blocking_queue_max: 1_000,
            ..Config::default()
        };
        let runtime = runtime(driver, 2, config);
        runtime.block_on(1, || async {
            let thread = std::thread::current().id();
            let other = blocking(|| std::thread::current().id())
                .await
                .expect("a thread");
            assert_ne!(thread, other);
            assert_eq!(std::thread::current().id(), thread);
            assert_eq!(netpoll::core_index(), Some(1));
            assert_eq!(
                blocking(|| panic!("on purpose")).await,
                Err::<(), _>(BlockingError::Panicked)
            );
        });
    });
}

#[test]
fn every_blocking_call_gets_a_thread_while_there_may_be_more() {
    on_every_kernel_driver(|driver| {
        let config = Config {
            blocking_threads_max: 200,
            ..Config::default()
        };
        let runtime = runtime(driver, 1, config);
        // All calls of a round wait for each other, so each needs a thread of its own.
        for count in 1..60 {
            let barrier = Arc::new(Barrier::new(count));
            runtime.block_on(0, move || async move {
                let wait = |barrier: Arc<Barrier>| async move {
                    let waited = blocking(move || {
                        barrier.wait();
                    });
                    timeout(Duration::from_secs(20), waited).await
                };
                let calls: Vec<_> = (0..count)
                    .map(|_| spawn_local(wait(Arc::clone(&barrier))))
                    .collect();
                for call in calls {
                    let waited = call.await.expect("no panic");
                    assert_eq!(waited, Ok(Ok(())), "a call of {count} has no thread");
                }
            });
        }
    });
}
