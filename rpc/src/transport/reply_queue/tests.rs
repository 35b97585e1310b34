//! The queue against a naive model: a sorted list of finished tickets.

use netpoll_buffer::{Pool, PoolConfig};

use super::*;

/// Finishes `tickets` in the given order and returns what was sent after each.
fn sent_after_each(count: u64, order: &[u64]) -> Vec<Vec<u8>> {
    let pool = Pool::new(PoolConfig::default());
    let mut queue = ReplyQueue::default();
    let mut output = LinkBuffer::new();
    let tickets: Vec<Ticket> = (0..count).map(|_| queue.draw()).collect();
    let mut states = Vec::new();
    for &index in order {
        finish(&mut queue, tickets[index as usize], &mut output, &pool);
        states.push(output.chunks().flatten().copied().collect());
    }
    states
}

fn finish(queue: &mut ReplyQueue, ticket: Ticket, output: &mut LinkBuffer, pool: &Pool) {
    let text = [ticket.0 as u8];
    if queue.is_turn(ticket) {
        output.put_slice(&text, pool);
        queue.finish_front(output);
    } else {
        let mut reply = LinkBuffer::new();
        reply.put_slice(&text, pool);
        queue.park(ticket, reply);
    }
}

#[test]
fn replies_leave_in_the_order_of_requests() {
    assert_eq!(
        sent_after_each(3, &[0, 1, 2]),
        [vec![0], vec![0, 1], vec![0, 1, 2]]
    );
    assert_eq!(
        sent_after_each(3, &[2, 1, 0]),
        [vec![], vec![], vec![0, 1, 2]]
    );
    assert_eq!(
        sent_after_each(4, &[1, 0, 3, 2]),
        [vec![], vec![0, 1], vec![0, 1], vec![0, 1, 2, 3]]
    );
}

/// All orders of the numbers below `count`.
fn orders(count: u64) -> Vec<Vec<u64>> {
    let mut orders = vec![vec![]];
    for _ in 0..count {
        let mut longer = vec![];
        for order in &orders {
            for next in (0..count).filter(|next| !order.contains(next)) {
                longer.push([&order[..], &[next]].concat());
            }
        }
        orders = longer;
    }
    orders
}

#[test]
fn every_order_of_five_sends_exactly_the_finished_prefix() {
    let orders = orders(5);
    assert_eq!(orders.len(), 120);
    for order in orders {
        for (step, sent) in sent_after_each(5, &order).iter().enumerate() {
            let finished = &order[..=step];
            let prefix = (0..5).take_while(|t| finished.contains(t)).map(|t| t as u8);
            assert_eq!(
                *sent,
                prefix.collect::<Vec<_>>(),
                "order {order:?}, step {step}"
            );
        }
    }
}

#[test]
fn a_place_may_stay_empty_and_new_tickets_follow() {
    let pool = Pool::new(PoolConfig::default());
    let mut queue = ReplyQueue::default();
    let mut output = LinkBuffer::new();
    let (first, second) = (queue.draw(), queue.draw());
    queue.park(second, LinkBuffer::new());
    finish(&mut queue, first, &mut output, &pool);
    let third = queue.draw();
    assert!(queue.is_turn(third));
    finish(&mut queue, third, &mut output, &pool);
    assert_eq!(output.first(), [0, 2]);
    assert_eq!(queue.parked_bytes(), 0);
}
