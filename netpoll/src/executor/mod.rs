//! Tasks of one core: futures that are polled on the core they were started on and nowhere else.
//!
//! Tasks live in arenas, one arena per type of future, in slots that are used again (`arena.rs`). A wake-up names a
//! slot; on the core's own thread it goes into the ready queue, from another thread through the mailbox (`waker.rs`).
//! Polling a slot that has nothing to do is harmless, so wake-ups need no generation.

mod arena;
mod join;
mod queued_flag;
mod waker;

pub(crate) use arena::LocalArena;
pub use arena::TaskArena;
pub use join::{JoinError, JoinHandle, spawn_local};

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

/// Names a task: its arena and its slot there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TaskRef {
    pub(crate) arena: u32,
    pub(crate) slot: u32,
}

/// What the executor asks of an arena.
pub(crate) trait PollSlot {
    /// Polls the task in `slot`, if one is parked there.
    fn poll_slot(&self, slot: u32);
    /// Drops all tasks.
    fn clear(&self);
}

/// The arenas of a core and the tasks that are ready.
#[derive(Default)]
pub(crate) struct Executor {
    arenas: RefCell<Vec<Weak<dyn PollSlot>>>,
    ready: RefCell<VecDeque<TaskRef>>,
    polled: Cell<u64>,
}

impl Executor {
    pub(crate) fn register<A: PollSlot + 'static>(&self, make: impl FnOnce(u32) -> Rc<A>) -> Rc<A> {
        let mut arenas = self.arenas.borrow_mut();
        let vacant = arenas.iter().position(|arena| arena.strong_count() == 0);
        let id = vacant.unwrap_or(arenas.len());
        let arena = make(id as u32);
        let weak: Weak<dyn PollSlot> = Rc::downgrade(&arena) as Weak<dyn PollSlot>;
        match vacant {
            Some(id) => arenas[id] = weak,
            None => arenas.push(weak),
        }
        arena
    }

    #[inline]
    pub(crate) fn push_ready(&self, task: TaskRef) {
        self.ready.borrow_mut().push_back(task);
    }

    #[inline]
    pub(crate) fn has_ready(&self) -> bool {
        !self.ready.borrow().is_empty()
    }

    /// Polls ready tasks, at most `tasks_max` of them, so that input and output get their turn.
    pub(crate) fn run(&self, tasks_max: usize) -> usize {
        let mut polled = 0;
        while polled < tasks_max {
            let Some(task) = self.ready.borrow_mut().pop_front() else {
                break;
            };
            let arena = self
                .arenas
                .borrow()
                .get(task.arena as usize)
                .and_then(Weak::upgrade);
            if let Some(arena) = arena {
                arena.poll_slot(task.slot);
            }
            polled += 1;
        }
        self.polled.set(self.polled.get() + polled as u64);
        polled
    }

    /// Drops every task of every arena.
    pub(crate) fn clear(&self) {
        let arenas: Vec<_> = self
            .arenas
            .borrow()
            .iter()
            .filter_map(Weak::upgrade)
            .collect();
        for arena in arenas {
            arena.clear();
        }
        self.ready.borrow_mut().clear();
    }
}

impl std::fmt::Debug for Executor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Executor")
            .field("arenas", &self.arenas.borrow().len())
            .field("ready", &self.ready.borrow().len())
            .field("polled", &self.polled.get())
            .finish()
    }
}
