//! RPC server and client, wire-compatible with Kitex, on the netpoll runtime.
