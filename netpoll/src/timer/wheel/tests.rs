//! The wheel against the simplest model: a sorted list of deadlines.

use super::*;

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

fn check_against_model(seed: u64, spread: u64) {
    let mut random = Random(seed);
    let start = random.next() >> 20;
    let mut wheel = Wheel::new(start);
    let mut now = start;
    let mut model: Vec<(u64, u64, TimerKey)> = Vec::new();
    for id in 0..4_000u64 {
        match random.next() % 10 {
            0..=4 => {
                let deadline = (now + random.next() % spread).saturating_sub(2);
                model.push((deadline, id, wheel.insert(deadline, id)));
            }
            5..=6 if !model.is_empty() => {
                let (_, id, key) = model.swap_remove(random.next() as usize % model.len());
                assert_eq!(wheel.cancel(key), Some(id));
                assert_eq!(wheel.cancel(key), None);
            }
            _ => {
                now += random.next() % (spread / 3 + 1);
                let earliest = model.iter().map(|(deadline, ..)| *deadline).min();
                if let (Some(tick), Some(earliest)) = (wheel.next_tick(), earliest) {
                    assert!(
                        tick <= earliest.max(tick.min(now)),
                        "the wheel would sleep past a deadline"
                    );
                }
                let mut fired = Vec::new();
                wheel.advance(now, |id| fired.push(id));
                let mut expected: Vec<u64> = model
                    .iter()
                    .filter(|(deadline, ..)| *deadline <= now)
                    .map(|(_, id, _)| *id)
                    .collect();
                model.retain(|(deadline, ..)| *deadline > now);
                fired.sort_unstable();
                expected.sort_unstable();
                assert_eq!(fired, expected, "seed {seed} now {now}");
            }
        }
        assert_eq!(wheel.len(), model.len());
    }
}

#[test]
fn agrees_with_a_sorted_list() {
    for seed in 1..40 {
        for spread in [10, 100, 5_000, 1_000_000, 1 << 40] {
            check_against_model(seed * 7_919, spread);
        }
    }
}

#[test]
fn sleeping_until_next_tick_always_reaches_the_deadline() {
    let mut wheel = Wheel::new(1_000_003);
    wheel.insert(1_000_003 + 123_456_789, "late");
    let mut fired = None;
    let mut wakes = 0;
    while fired.is_none() {
        let tick = wheel.next_tick().expect("one timer waits");
        wheel.advance(tick, |payload| fired = Some((payload, tick)));
        wakes += 1;
        assert!(
            wakes <= LEVELS + 1,
            "each wake brings the timer down a level"
        );
    }
    assert_eq!(fired, Some(("late", 1_000_003 + 123_456_789)));
}

#[test]
fn a_key_of_a_fired_timer_is_stale() {
    let mut wheel = Wheel::new(0);
    let key = wheel.insert(1, 'a');
    wheel.advance(2, |_| ());
    let other = wheel.insert(5, 'b');
    assert_eq!(wheel.cancel(key), None);
    assert_eq!(wheel.cancel(other), Some('b'));
}
