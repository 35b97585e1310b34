//! The table against a map, and the numbers it gives out.

use std::collections::HashMap;

use super::*;

fn poll(table: &mut InFlight<u32>, seq_id: i32) -> Poll<u32> {
    table.poll(seq_id, Waker::noop())
}

#[test]
fn outcomes_reach_their_calls_in_any_order() {
    let mut table = InFlight::new(10);
    let calls: Vec<i32> = (0..10).map(|_| table.begin().unwrap()).collect();
    assert!(calls.iter().all(|&seq_id| seq_id > 0));
    assert_eq!(table.begin(), None, "the bound holds");
    for (outcome, &seq_id) in (0..10).zip(&calls).rev() {
        assert!(poll(&mut table, seq_id).is_pending());
        assert!(table.settle(seq_id, outcome).is_some());
    }
    for (outcome, &seq_id) in (0..).zip(&calls) {
        assert_eq!(poll(&mut table, seq_id), Poll::Ready(outcome));
    }
    assert_eq!(table.len(), 0);
}

#[test]
fn late_and_foreign_replies_are_nobodys() {
    let mut table = InFlight::new(4);
    let first = table.begin().unwrap();
    table.release(first);
    table.release(first);
    let second = table.begin().unwrap();
    assert_ne!(first, second, "a slot is used again under another number");
    for seq_id in [0, -1, first, second + 1, i32::MIN, i32::MAX] {
        assert!(!table.is_waiting(seq_id), "number {seq_id}");
        assert!(table.settle(seq_id, 7).is_none());
        assert!(poll(&mut table, seq_id).is_pending());
    }
    assert!(
        table.settle(second, 8).is_none(),
        "nobody has asked for it yet"
    );
    assert!(!table.is_waiting(second), "one reply per call");
    table.settle(second, 9);
    assert_eq!(poll(&mut table, second), Poll::Ready(8));
}

#[test]
fn the_end_of_the_connection_settles_whoever_waits() {
    let mut table = InFlight::new(4);
    let (answered, waiting) = (table.begin().unwrap(), table.begin().unwrap());
    assert!(poll(&mut table, waiting).is_pending());
    table.settle(answered, 1);
    assert_eq!(table.settle_all(|| 99).len(), 1);
    assert_eq!(poll(&mut table, answered), Poll::Ready(1));
    assert_eq!(poll(&mut table, waiting), Poll::Ready(99));
}

#[test]
fn random_histories_agree_with_a_map() {
    let mut table = InFlight::new(50);
    let mut model: HashMap<i32, Option<u32>> = HashMap::new();
    let mut past = vec![];
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    for step in 0..100_000_u32 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let chosen = model
            .keys()
            .copied()
            .min_by_key(|seq_id| seq_id.wrapping_mul(random as i32));
        match (random >> 32) % 4 {
            0 => match table.begin() {
                Some(seq_id) => assert_eq!(model.insert(seq_id, None), None),
                None => assert_eq!(model.len(), 50),
            },
            1 => {
                let Some(seq_id) = chosen else { continue };
                let expected = model[&seq_id].is_none();
                assert_eq!(table.is_waiting(seq_id), expected);
                table.settle(seq_id, step);
                model
                    .entry(seq_id)
                    .and_modify(|outcome| _ = outcome.get_or_insert(step));
            }
            2 => {
                let Some(seq_id) = chosen else { continue };
                match (poll(&mut table, seq_id), model[&seq_id]) {
                    (Poll::Ready(outcome), Some(expected)) => {
                        assert_eq!(outcome, expected);
                        model.remove(&seq_id);
                        past.push(seq_id);
                    }
                    (Poll::Pending, None) => {}
                    other => panic!("{other:?}"),
                }
            }
            _ => {
                let Some(seq_id) = chosen else { continue };
                table.release(seq_id);
                model.remove(&seq_id);
                past.push(seq_id);
            }
        }
        assert_eq!(table.len(), model.len());
        // A recent number of the past is not under way again.
        if let Some(&old) = past.iter().rev().nth(20) {
            assert!(!table.is_waiting(old));
        }
    }
}
