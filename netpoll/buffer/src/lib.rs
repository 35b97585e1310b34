//! Counted memory blocks, views and linked buffers for one core.
