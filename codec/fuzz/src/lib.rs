//! What the fuzz targets check, each a function of any bytes: it panics where the codec breaks its word.
//!
//! `scripts/fuzz.sh` runs them with new inputs; the test `corpus` of codec runs them with the ones in `corpus/TARGET`.

mod frame;
mod protobuf;
mod recall;
mod scan;
mod thrift;

pub use frame::frame;
pub use protobuf::protobuf;
pub use recall::recall;
pub use scan::scan;
pub use thrift::{binary, compact};

use codec::Limits;

/// Small, so that they are reached.
fn limits() -> Limits {
    Limits {
        frame_bytes_max: 4096,
        header_bytes_max: 2048,
        string_bytes_max: 1024,
        elements_max: 300,
        ..Limits::default()
    }
}
