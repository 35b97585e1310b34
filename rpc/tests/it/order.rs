//! Many calls on one connection: the order of replies, and the bound on pending calls.

use crate::support::birds::{count_at_gate, open_gate};
use crate::support::on_every_transport;
use crate::support::raw::RawClient;
use crate::support::wire::{TtHeader, arguments, framed, message};

/// Waits until a condition holds; fails after far more time than it takes.
#[track_caller]
fn wait_until(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..2_000 {
        if condition() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("{what}: not within ten seconds");
}

on_every_transport! {
    fn pipelined_replies_leave_in_the_order_of_requests(on) {
        let server = on.start();
        let mut client = RawClient::connect(&server);
        let mut requests = vec![];
        for seq_id in 0..500 {
            // Some answer at once, some wait for different times, some are not known, some fail.
            let (method, text) = match seq_id % 7 {
                1 => ("Sleep", "slept"),
                3 => ("Fly", ""),
                5 => ("Echo", "error"),
                6 => ("Echo", "panic"),
                _ => ("Echo", "quick"),
            };
            requests.extend(framed(&message(1, method, seq_id, &arguments(text, seq_id % 5))));
        }
        client.send(&requests);
        for seq_id in 0..500 {
            assert_eq!(client.receive().seq_id, seq_id);
        }
    }

    fn a_later_call_runs_while_an_earlier_one_waits(on) {
        let server = on.start();
        let mut client = RawClient::connect(&server);
        let gate = format!("{on:?} later call");
        // The first can only finish because the second runs meanwhile.
        client.send(&framed(&message(1, "Wait", 1, &arguments(&gate, 0))));
        client.send(&framed(&message(1, "Open", 2, &arguments(&gate, 0))));
        assert_eq!(client.receive().seq_id, 1);
        assert_eq!(client.receive().seq_id, 2);
    }

    fn the_out_of_order_flag_lets_replies_overtake(on) {
        let server = on.start();
        let mut client = RawClient::connect(&server);
        let gate = format!("{on:?} overtaking");
        let header = TtHeader::to("Birds").with_flags(1);
        client.send(&header.frame(&message(1, "Wait", 1, &arguments(&gate, 0))));
        for seq_id in 2..10 {
            client.send(&header.frame(&message(1, "Echo", seq_id, &arguments("quick", 0))));
            assert_eq!(client.receive().seq_id, seq_id);
        }
        // Requests without the flag keep their order among themselves, whatever the others do.
        client.send(&TtHeader::to("Birds").frame(&message(1, "Echo", 10, &arguments("in turn", 0))));
        assert_eq!(client.receive().seq_id, 10);
        client.send(&header.frame(&message(1, "Open", 11, &arguments(&gate, 0))));
        let mut last = [client.receive().seq_id, client.receive().seq_id];
        last.sort_unstable();
        assert_eq!(last, [1, 11]);
    }

    fn a_wake_up_from_another_thread_finishes_a_call(on) {
        let server = on.start();
        let mut client = RawClient::connect(&server);
        let gate = format!("{on:?} other thread");
        for seq_id in 1..=3 {
            client.send(&framed(&message(1, "Wait", seq_id, &arguments(&gate, 0))));
        }
        wait_until("three calls wait", || count_at_gate(&gate) == 3);
        open_gate(&gate);
        for seq_id in 1..=3 {
            assert_eq!(client.receive().seq_id, seq_id);
        }
    }

    fn a_connection_with_too_many_pending_calls_is_not_read(on) {
        let server = on.start_with(|config| rpc::Config { pending_calls_max: 8, ..config });
        let mut client = RawClient::connect(&server);
        let gate = format!("{on:?} bound");
        let mut requests = vec![];
        for seq_id in 0..40 {
            requests.extend(framed(&message(1, "Wait", seq_id, &arguments(&gate, 0))));
        }
        client.send(&requests);
        wait_until("eight calls wait", || count_at_gate(&gate) == 8);
        // Another connection is not concerned, and has time to show that no ninth call begins.
        let mut other = RawClient::connect(&server);
        for _ in 0..50 {
            other.check_alive();
        }
        assert_eq!(count_at_gate(&gate), 8);
        open_gate(&gate);
        for seq_id in 0..40 {
            assert_eq!(client.receive().seq_id, seq_id);
        }
        client.check_alive();
    }

    fn what_was_sent_before_the_end_of_the_stream_is_answered(on) {
        let server = on.start_with(|config| rpc::Config { pending_calls_max: 4, ..config });
        let mut client = RawClient::connect(&server);
        let mut requests = vec![];
        for seq_id in 0..30 {
            let method = if seq_id % 2 == 0 { "Sleep" } else { "Echo" };
            requests.extend(framed(&message(1, method, seq_id, &arguments("last words", 3))));
        }
        // And the beginning of a frame that will never be whole.
        requests.extend([0, 0, 0, 50, 0x80, 1, 0, 1]);
        client.send(&requests);
        client.stream.shutdown(std::net::Shutdown::Write).unwrap();
        for seq_id in 0..30 {
            assert_eq!(client.receive().seq_id, seq_id);
        }
        client.check_closed();
    }

    fn a_peer_that_does_not_read_is_not_read_either(on) {
        let server = on.start_with(|mut config| {
            config.runtime.output_high_water_bytes = 256 << 10;
            config.runtime.output_low_water_bytes = 64 << 10;
            config
        });
        let mut client = RawClient::connect(&server);
        // All requests fit into one receive; their replies, 100 MiB, fit into no socket buffers and water marks.
        let requests = 400;
        let request = |seq_id| framed(&message(1, "Large", seq_id, &arguments("", 256 << 10)));
        client.send(&(0..requests).flat_map(request).collect::<Vec<u8>>());
        let mut other = RawClient::connect(&server);
        for _ in 0..50 {
            other.check_alive();
        }
        let served = server.counters().requests - 50;
        assert!(served < 200, "{served} replies were made for a peer that reads none");
        for seq_id in 0..requests {
            let reply = client.receive();
            assert_eq!((reply.seq_id, reply.text().len()), (seq_id, 256 << 10));
        }
    }
}
