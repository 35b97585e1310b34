//! Frames, Thrift and protobuf, decoded in place; never panics on input.
