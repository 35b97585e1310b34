//! Whole runs on the simulated network in virtual time: one core, its peers on the same core, a seed. The same seed makes
//! the same run, so a failure is repeated with `NETPOLL_SIM_SEED`; `NETPOLL_SIM_TIMES=100` looks for rarer ones.

mod chaos;
mod endings;
mod model;
mod repeat;

use std::future::Future;
use std::io::{ErrorKind, Read, Write};
use std::rc::Rc;
use std::time::Duration;

use netpoll::sim::{Faults, Random, Sim, Stream};
use netpoll::{Acceptor, Address, Config, Connection, DriverChoice, Protocol, Runtime, sim, sleep};

/// Starts a server on a core of its own and runs `scenario` beside it, with the server's address and random numbers.
fn simulate<P, F, T>(
    sim: Sim,
    config: Config,
    server: impl Fn(&Connection) -> P + Clone + Send + Sync + 'static,
    scenario: impl FnOnce(Address, Random) -> F + Send + 'static,
) -> T
where
    P: Protocol,
    F: Future<Output = T> + 'static,
    T: Send + 'static,
{
    let driver = DriverChoice::Sim(sim.virtual_time());
    let runtime = Runtime::builder().cores(1).driver(driver).config(config);
    let runtime = runtime.start().expect("the runtime starts");
    let listener = runtime.listen(&"127.0.0.1:0".parse().expect("an address"), move |_| {
        let server = server.clone();
        Rc::new(move |connection: &Connection| Box::new(server(connection)) as Box<dyn Protocol>)
            as Rc<dyn Acceptor>
    });
    let address = listener.expect("the address is free").address().clone();
    let random = Random::new(sim.seed.wrapping_mul(SCENARIO_SEED));
    let result = runtime.block_on(0, move || scenario(address, random));
    let left = runtime.block_on(0, || async {
        // Connections that were told to end have all the time that they need.
        sleep(Duration::from_secs(3_600)).await;
        netpoll::pool().stats().in_use_blocks
    });
    assert_eq!(runtime.counters(0).connections, 0, "connections are left");
    assert_eq!(left, 0, "blocks are left");
    runtime.shutdown(Duration::from_secs(60));
    result
}

/// Small limits, so that all of them are reached.
fn tight(random: &mut Random) -> Config {
    let high_water = random.pick(&[1, 5_000, 100_000]);
    Config {
        block_bytes: 4 << 10,
        receive_blocks: 1,
        pool_bytes_max: random.pick(&[1 << 20, 64 << 20]),
        output_high_water_bytes: high_water,
        output_low_water_bytes: high_water / random.between(1, 4) as usize,
        // Simulated delays add up to minutes.
        partial_frame_timeout: Duration::from_secs(600),
        idle_timeout: Duration::from_secs(900),
        ..Config::default()
    }
}

/// Faults of every strength.
fn faults(random: &mut Random) -> Faults {
    let mut faults = random.pick(&[Faults::NONE, Faults::HARMLESS]);
    for fault in [&mut faults.short, &mut faults.delay, &mut faults.starve] {
        if random.chance(200) {
            *fault = random.pick(&[0, 100, 600]);
        }
    }
    faults
}

/// A peer that is a task on the core: it never blocks it.
struct TaskPeer {
    stream: Stream,
}

impl TaskPeer {
    /// Connects, again and again until it succeeds.
    async fn connect(address: &Address) -> TaskPeer {
        loop {
            if let Ok(stream) = sim::connect(address) {
                stream.set_nonblocking(true);
                return TaskPeer { stream };
            }
            sleep(TICK).await;
        }
    }

    /// Sends all of `bytes`; an error when the connection broke.
    async fn write_all(&mut self, mut bytes: &[u8]) -> Result<(), ErrorKind> {
        let mut patience = TICK;
        while !bytes.is_empty() {
            match self.stream.write(bytes) {
                Ok(count) => {
                    bytes = &bytes[count..];
                    patience = TICK;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => wait(&mut patience).await,
                Err(error) => return Err(error.kind()),
            }
        }
        Ok(())
    }

    /// Reads something; nothing at the end.
    async fn read(&mut self, most: usize) -> Result<Vec<u8>, ErrorKind> {
        let (mut bytes, mut patience) = (vec![0; most], TICK);
        loop {
            match self.stream.read(&mut bytes) {
                Ok(count) => {
                    bytes.truncate(count);
                    return Ok(bytes);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => wait(&mut patience).await,
                Err(error) => return Err(error.kind()),
            }
        }
    }
}

/// Waits longer each time.
async fn wait(patience: &mut Duration) {
    sleep(*patience).await;
    *patience = (2 * *patience).min(PATIENCE_MAX);
}

const TICK: Duration = Duration::from_millis(1);
const PATIENCE_MAX: Duration = Duration::from_millis(500);
/// Distinguishes the scenario's random numbers from the driver's.
const SCENARIO_SEED: u64 = 0x5851_f42d_4c95_7f2d;
