//! Tasks that wait for wake-ups from this thread, from another one, and for timers.

use std::future::poll_fn;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::*;
use crate::time;

/// Drives the host as a connection's loop does, until no task is left.
fn drive(host: &ThreadHost) {
    while host.has_tasks() {
        host.fire_timers();
        if host.poll_ready() {
            continue;
        }
        let doorbell = host.doorbell().unwrap();
        if host.has_ready() {
            continue;
        }
        let left = host
            .next_timer()
            .map(|at| at.saturating_duration_since(host.now()));
        let left = left.map(|left| Timespec::try_from(left).unwrap());
        poll(&mut [PollFd::new(&doorbell, PollFlags::IN)], left.as_ref()).unwrap();
        host.quiet_doorbell();
    }
}

/// A future that is ready when `flag` is set, and the place of its waker.
async fn wait_for(flag: Arc<Mutex<(bool, Option<Waker>)>>) {
    poll_fn(|cx| {
        let mut flag = flag.lock().unwrap();
        flag.1 = Some(cx.waker().clone());
        if flag.0 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

fn set(flag: &Mutex<(bool, Option<Waker>)>) {
    let waker = {
        let mut flag = flag.lock().unwrap();
        flag.0 = true;
        flag.1.take()
    };
    waker.unwrap().wake();
}

#[test]
fn a_task_that_never_waits_leaves_nothing_behind() {
    let (host, _guard) = ThreadHost::enter();
    let ran = Rc::new(Cell::new(false));
    host.run(Box::pin({
        let ran = Rc::clone(&ran);
        async move { ran.set(true) }
    }));
    assert!(ran.get() && !host.has_tasks());
}

#[test]
fn wake_ups_from_this_thread_and_from_others_arrive() {
    let (host, _guard) = ThreadHost::enter();
    let flags: Vec<_> = (0..8)
        .map(|_| Arc::new(Mutex::new((false, None))))
        .collect();
    for flag in &flags {
        host.run(Box::pin(wait_for(Arc::clone(flag))));
    }
    for flag in &flags[..4] {
        set(flag);
    }
    let others = flags[4..].to_vec();
    let thread = std::thread::spawn(move || others.iter().for_each(|flag| set(flag)));
    drive(&host);
    thread.join().unwrap();
}

#[test]
fn sleeps_end_in_the_order_of_their_deadlines_and_timeouts_cut_short() {
    let (host, _guard) = ThreadHost::enter();
    let order = Rc::new(RefCell::new(vec![]));
    for ms in [30_u64, 10, 20] {
        let order = Rc::clone(&order);
        host.run(Box::pin(async move {
            time::sleep(Duration::from_millis(ms)).await;
            order.borrow_mut().push(ms);
        }));
    }
    let cut = Rc::clone(&order);
    host.run(Box::pin(async move {
        let outcome = time::timeout(Duration::from_millis(1), std::future::pending::<()>()).await;
        assert!(outcome.is_err());
        cut.borrow_mut().push(1);
    }));
    drive(&host);
    assert_eq!(*order.borrow(), [1, 10, 20, 30]);
    assert_eq!(host.next_timer(), None, "a timeout takes its timer back");
}

#[test]
fn the_end_of_the_host_drops_its_tasks() {
    let (host, guard) = ThreadHost::enter();
    let held = Rc::new(());
    let inside = Rc::clone(&held);
    host.run(Box::pin(async move {
        let _inside = inside;
        std::future::pending::<()>().await;
    }));
    assert_eq!(Rc::strong_count(&held), 2);
    drop(guard);
    assert_eq!(Rc::strong_count(&held), 1);
}
