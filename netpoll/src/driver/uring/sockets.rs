//! The sockets of the driver: direct descriptors for accepted connections, ordinary ones for the rest.
//!
//! A direct descriptor lives in the ring's own table, which spares the kernel the shared table of the process in every
//! operation. The kernel chooses its index when it accepts, and may choose it again as soon as it is closed; an index is
//! therefore never used as a name: operations are named by slot and generation of the in-flight table, and a socket is
//! closed only when no operation on it is in flight.

use std::os::fd::{AsRawFd, OwnedFd};

use io_uring::squeue::Entry;
use io_uring::{Submitter, opcode, types};
use slab::Slab;

use super::prepare::CLOSE;
use crate::driver::SocketId;

/// Where an operation finds its socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Descriptor {
    /// An ordinary descriptor of the process.
    Process(i32),
    /// An index in the ring's table.
    Direct(u32),
}

#[derive(Debug)]
enum Socket {
    Process(OwnedFd),
    Direct(u32),
}

/// The sockets by their id.
#[derive(Debug)]
pub(super) struct Sockets {
    table: Slab<Socket>,
    /// Size of the ring's table of direct descriptors; zero when the kernel gives none.
    direct_max: u32,
}

impl Sockets {
    /// Registers a table for `direct_max` direct descriptors; goes without where the kernel refuses.
    pub(super) fn register(submitter: &Submitter<'_>, direct_max: u32) -> Sockets {
        let registered = direct_max > 0 && submitter.register_files_sparse(direct_max).is_ok();
        Sockets {
            table: Slab::new(),
            direct_max: if registered { direct_max } else { 0 },
        }
    }

    /// Size of the table of direct descriptors; zero when there is none.
    pub(super) fn direct_max(&self) -> u32 {
        self.direct_max
    }

    pub(super) fn insert_process(&mut self, fd: OwnedFd) -> SocketId {
        SocketId(self.table.insert(Socket::Process(fd)) as u32)
    }

    pub(super) fn insert_direct(&mut self, index: u32) -> SocketId {
        SocketId(self.table.insert(Socket::Direct(index)) as u32)
    }

    #[inline]
    pub(super) fn descriptor(&self, id: SocketId) -> Option<Descriptor> {
        self.table.get(id.0 as usize).map(|socket| match socket {
            Socket::Process(fd) => Descriptor::Process(fd.as_raw_fd()),
            Socket::Direct(index) => Descriptor::Direct(*index),
        })
    }

    pub(super) fn process_fd(&self, id: SocketId) -> Option<&OwnedFd> {
        match self.table.get(id.0 as usize)? {
            Socket::Process(fd) => Some(fd),
            Socket::Direct(_) => None,
        }
    }

    /// Takes an ordinary descriptor out, still open.
    pub(super) fn release(&mut self, id: SocketId) -> Option<OwnedFd> {
        self.process_fd(id)?;
        match self.table.try_remove(id.0 as usize)? {
            Socket::Process(fd) => Some(fd),
            Socket::Direct(_) => None,
        }
    }

    /// Takes a socket out. A direct one is closed by the entry that is returned, an ordinary one is closed at once.
    pub(super) fn remove(&mut self, id: SocketId) -> Option<Entry> {
        match self.table.try_remove(id.0 as usize)? {
            Socket::Process(fd) => {
                drop(fd);
                None
            }
            Socket::Direct(index) => Some(
                opcode::Close::new(types::Fixed(index))
                    .build()
                    .user_data(CLOSE),
            ),
        }
    }
}

/// The largest table that may be registered: the process's limit of open files counts for it too.
pub(super) fn direct_limit(wanted: usize) -> u32 {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile)
        .current
        .unwrap_or(u64::MAX);
    u32::try_from(limit.min(wanted as u64)).unwrap_or(u32::MAX)
}
