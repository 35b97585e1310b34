//! Compiles the runner's own `.proto` files, from the folder that `CONFORMANCE_PROTOS` names.

use std::env;
use std::path::PathBuf;

fn main() {
    println!("cargo::rerun-if-env-changed=CONFORMANCE_PROTOS");
    let Some(folder) = env::var_os("CONFORMANCE_PROTOS").map(PathBuf::from) else {
        println!("cargo::error=CONFORMANCE_PROTOS is not set: run scripts/conformance.sh");
        return;
    };
    codec_gen::Compiler::new()
        .include_dir(&folder)
        .input(folder.join("conformance/conformance.proto"))
        .input(folder.join("google/protobuf/test_messages_proto2.proto"))
        .input(folder.join("google/protobuf/test_messages_proto3.proto"))
        .build();
}
