//! What a server counts. Each set is written by one thread; a sum over all of them is what a reader gets.

use netpoll::Counter;

macro_rules! counters {
    ($($(#[doc = $doc:literal])+ $name:ident),+ $(,)?) => {
        /// The counters of one thread.
        #[derive(Debug, Default)]
        pub(crate) struct Counters {
            $($(#[doc = $doc])+ pub(crate) $name: Counter,)+
        }

        /// What a server has counted since it started, over all cores.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct CountersSnapshot {
            $($(#[doc = $doc])+ pub $name: u64,)+
        }

        impl CountersSnapshot {
            /// Name and value of each counter.
            pub fn entries(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($name), self.$name),)+].into_iter()
            }

            pub(crate) fn add(&mut self, counters: &Counters) {
                $(self.$name += counters.$name.get();)+
            }
        }

        impl Counters {
            /// Adds what `other` has counted.
            pub(crate) fn absorb(&self, other: &Counters) {
                $(self.$name.add(other.$name.get());)+
            }
        }
    };
}

counters! {
    /// Requests whose service and method were found, oneway ones included.
    requests,
    /// Normal replies, business statuses included.
    replies,
    /// Exceptions sent, whoever was at fault.
    exceptions,
    /// Handlers that panicked.
    panics,
    /// Heartbeats answered.
    heartbeats,
    /// Connections that began.
    connections_opened,
    /// Connections that ended.
    connections_closed,
    /// Connections closed because their bytes were no frame.
    connections_garbage,
}
