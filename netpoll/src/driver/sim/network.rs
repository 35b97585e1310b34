//! The simulated network of this process: who listens where.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};

use super::link::LinkEnd;
use crate::address::Address;
use crate::driver::RawSocket;
use crate::mailbox::Doorbell;

/// A simulated socket outside of any driver.
#[derive(Debug)]
pub(crate) enum SimSocket {
    Listener(Arc<Listener>),
    Stream(LinkEnd),
}

/// A listening socket.
#[derive(Debug)]
pub(crate) struct Listener {
    /// Connections that wait to be accepted.
    queue: Mutex<VecDeque<LinkEnd>>,
    queue_max: usize,
    bell: Mutex<Option<Arc<Doorbell>>>,
}

impl Listener {
    fn new(queue_max: usize) -> Arc<Listener> {
        Arc::new(Listener {
            queue: Mutex::default(),
            queue_max,
            bell: Mutex::default(),
        })
    }

    pub(super) fn set_bell(&self, bell: &Arc<Doorbell>) {
        *lock(&self.bell) = Some(Arc::clone(bell));
    }

    pub(super) fn is_waited_for(&self) -> bool {
        !lock(&self.queue).is_empty()
    }

    pub(super) fn accept(&self) -> Option<LinkEnd> {
        lock(&self.queue).pop_front()
    }

    fn push(&self, end: LinkEnd) -> io::Result<()> {
        let mut queue = lock(&self.queue);
        if queue.len() >= self.queue_max {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        queue.push_back(end);
        drop(queue);
        if let Some(bell) = &*lock(&self.bell) {
            bell.ring();
        }
        Ok(())
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        lock(&self.queue).iter().for_each(LinkEnd::reset);
    }
}

/// The listeners of one address, one per core.
#[derive(Debug, Default)]
struct Group {
    listeners: Vec<Weak<Listener>>,
    next: usize,
}

impl Group {
    fn is_alive(&self) -> bool {
        self.listeners
            .iter()
            .any(|listener| listener.strong_count() > 0)
    }

    /// The listeners in turn.
    fn choose(&mut self) -> Option<Arc<Listener>> {
        self.listeners
            .retain(|listener| listener.strong_count() > 0);
        let count = self.listeners.len().max(1);
        self.next = (self.next + 1) % count;
        self.listeners.get(self.next)?.upgrade()
    }
}

/// Listens on `address` with one socket for each of `cores` cores; port 0 asks for a free port.
pub(crate) fn listen(
    address: &Address,
    cores: usize,
    queue_max: u32,
) -> io::Result<(Vec<RawSocket>, Address)> {
    let mut groups = lock(&GROUPS);
    groups.retain(|_, group| group.is_alive());
    let address = match address {
        Address::Tcp(asked) if asked.port() == 0 => {
            let mut free = (1..PORTS_END).map(|port| SocketAddr::new(asked.ip(), port).into());
            free.find(|address| !groups.contains_key(address))
                .ok_or(io::ErrorKind::AddrNotAvailable)?
        }
        asked => asked.clone(),
    };
    if groups.contains_key(&address) {
        return Err(io::ErrorKind::AddrInUse.into());
    }
    let listeners: Vec<_> = (0..cores)
        .map(|_| Listener::new(queue_max as usize))
        .collect();
    let group = Group {
        listeners: listeners.iter().map(Arc::downgrade).collect(),
        next: 0,
    };
    groups.insert(address.clone(), group);
    let sockets = listeners
        .into_iter()
        .map(|listener| RawSocket::Simulated(SimSocket::Listener(listener)))
        .collect();
    Ok((sockets, address))
}

/// Connects to whoever listens on `address`.
pub(super) fn connect(address: &Address) -> io::Result<LinkEnd> {
    let listener = lock(&GROUPS).get_mut(address).and_then(Group::choose);
    let listener = listener.ok_or(io::ErrorKind::ConnectionRefused)?;
    let local = match address {
        Address::Tcp(peer) => {
            let port = NEXT_CLIENT.fetch_add(1, Ordering::Relaxed) | CLIENT_PORTS;
            SocketAddr::new(peer.ip(), port).into()
        }
        Address::Unix(_) => Address::Unix(PathBuf::new()),
    };
    let (client, server) = LinkEnd::pair(local, address.clone());
    listener.push(server)?;
    Ok(client)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

static GROUPS: LazyLock<Mutex<HashMap<Address, Group>>> = LazyLock::new(Mutex::default);
static NEXT_CLIENT: AtomicU16 = AtomicU16::new(0);
/// Ports that a test's real sockets never have, so that nobody mistakes one network for the other.
const PORTS_END: u16 = 1_024;
const CLIENT_PORTS: u16 = 0x8000;
