//! The end of a server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rpc::Server;

use crate::support::birds::{Birds, open_gate};
use crate::support::raw::RawClient;
use crate::support::wire::{TtHeader, arguments, framed, message};
use crate::support::{on_every_transport, start};

on_every_transport! {
    fn calls_at_work_are_answered_and_told_to_go_elsewhere(on) {
        let hook_ran = Arc::new(AtomicBool::new(false));
        let hook = Arc::clone(&hook_ran);
        let server = Server::builder().service(Birds::default).on_stop(move || hook.store(true, Ordering::SeqCst));
        let server = start(server, &on.config());
        let mut client = RawClient::connect(&server);
        let mut idle = RawClient::connect(&server);
        idle.check_alive();
        let gate = format!("{on:?} stop");
        client.send(&TtHeader::to("Birds").frame(&message(1, "Wait", 1, &arguments(&gate, 0))));
        client.send(&TtHeader::to("Birds").frame(&message(1, "Echo", 2, &arguments("behind it", 0))));
        while crate::support::birds::count_at_gate(&gate) == 0 {
            std::thread::yield_now();
        }
        let stopping = std::thread::spawn(move || server.stop());
        // The idle connection closes while the busy one is still being served.
        idle.check_closed();
        open_gate(&gate);
        let (first, second) = (client.receive(), client.receive());
        assert_eq!((first.seq_id, first.kind, second.seq_id, second.kind), (1, 2, 2, 2));
        // The second was ready before the stop and waited for its turn.
        assert_eq!(first.header.unwrap().string("crrst"), Some("1"));
        client.check_closed();
        let counters = stopping.join().unwrap();
        assert!(hook_ran.load(Ordering::SeqCst));
        assert_eq!((counters.connections_opened, counters.connections_closed), (2, 2));
    }

    fn a_stopped_server_accepts_no_more(on) {
        let server = on.start();
        let address = server.addresses()[0].clone();
        RawClient::connect(&server).check_alive();
        server.stop();
        let netpoll::Address::Tcp(address) = address else { panic!("not tcp") };
        assert!(std::net::TcpStream::connect(address).is_err());
    }

    fn requests_during_the_notice_are_served(on) {
        let server = on.start_with(|config| rpc::Config { notice: Duration::from_secs(1), ..config });
        let mut client = RawClient::connect(&server);
        client.check_alive();
        let stopping = std::thread::spawn(move || server.stop());
        let request = TtHeader::to("Birds").frame(&message(1, "Echo", 1, &arguments("still open", 0)));
        loop {
            client.send(&request);
            if client.receive().header.unwrap().string("crrst") == Some("1") {
                break;
            }
        }
        client.check_closed();
        stopping.join().unwrap();
    }

    fn a_call_that_never_ends_is_cut_off(on) {
        let server = on.start_with(|config| rpc::Config { drain: Duration::from_millis(100), ..config });
        let mut client = RawClient::connect(&server);
        client.send(&framed(&message(1, "Wait", 1, &arguments("a gate that nobody opens", 0))));
        client.send(&framed(&message(4, "Notify", 1, &arguments("", 0))));
        while server.counters().requests < 2 {
            std::thread::yield_now();
        }
        // Returns although the call never does, and leaves no connection behind.
        let counters = server.stop();
        assert_eq!(counters.connections_opened, counters.connections_closed);
        client.read_to_end();
    }

    fn dropping_the_handle_stops_at_once(on) {
        let server = on.start();
        let mut client = RawClient::connect(&server);
        client.check_alive();
        drop(server);
        client.check_closed();
    }
}
