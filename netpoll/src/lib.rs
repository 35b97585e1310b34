//! A thread-per-core network runtime over io_uring and epoll.
