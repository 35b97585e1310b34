//! Has both generators write the code for the same IDL.

use std::{env, path::PathBuf};

use pilota_build::{IdlService, Output};

fn main() {
    codec_gen::build("messages.thrift");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names the folder"));
    pilota_build::Builder::thrift()
        .ignore_unused(false)
        .compile_with_config(
            vec![IdlService::from_path("messages.thrift".into())],
            Output::File(out.join("peer.rs")),
        );
}
