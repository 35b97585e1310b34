//! What a simulation does, as data.

/// A simulated network: the driver [`DriverChoice::Sim`](crate::DriverChoice::Sim).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sim {
    /// The same seed makes the same choices.
    pub seed: u64,
    /// What goes wrong, and how often.
    pub faults: Faults,
    /// Whether time is simulated too: it stands still while there is something to do and leaps to the next timer when
    /// there is not. Only for a runtime of one core, and only when everything happens on that core: peers in other
    /// threads and `blocking` would have no time to answer.
    pub virtual_time: bool,
}

impl Sim {
    /// A network in which things go wrong and nothing is lost ([`Faults::HARMLESS`]), in real time.
    pub fn new(seed: u64) -> Self {
        Sim {
            seed,
            faults: Faults::HARMLESS,
            virtual_time: false,
        }
    }

    /// Has other faults.
    pub fn faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// Simulates time too.
    pub fn virtual_time(mut self) -> Self {
        self.virtual_time = true;
        self
    }
}

/// How many of a thousand steps of an operation go wrong in each way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Faults {
    /// A receive or send of a few bytes only.
    pub short: u16,
    /// An operation that could go on waits for up to 50 ms of simulated, or 1 ms of real time.
    pub delay: u16,
    /// A receive finds no memory.
    pub starve: u16,
    /// An accept or receive ends as if it had been cancelled.
    pub cancel: u16,
    /// An accept or receive that should report many times ends with what it reports.
    pub early_end: u16,
    /// An accept finds no descriptor.
    pub exhaust: u16,
    /// The connection is reset; what is under way is lost.
    pub reset: u16,
    /// A connect is refused.
    pub refuse: u16,
}

impl Faults {
    /// Nothing goes wrong, and every operation does all that it can at once.
    pub const NONE: Faults = Faults {
        short: 0,
        delay: 0,
        starve: 0,
        cancel: 0,
        early_end: 0,
        exhaust: 0,
        reset: 0,
        refuse: 0,
    };

    /// Everything goes wrong that must not be seen by the users of a connection.
    pub const HARMLESS: Faults = Faults {
        short: 300,
        delay: 100,
        starve: 30,
        cancel: 30,
        early_end: 100,
        exhaust: 30,
        ..Faults::NONE
    };

    /// As [`HARMLESS`](Faults::HARMLESS), and connections break and are refused.
    pub const ROUGH: Faults = Faults {
        reset: 5,
        refuse: 30,
        ..Faults::HARMLESS
    };
}
