//! The inputs that fuzzing kept, through the checks of the fuzz targets.

use std::{fs, path::Path};

#[allow(
    unreachable_pub,
    reason = "a crate of its own to the fuzz targets, which call it"
)]
#[path = "../../fuzz/src/lib.rs"]
mod checks;

/// Runs a check with every input kept for the target of that name.
fn run(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut count = 0;
    for entry in fs::read_dir(&folder).expect("a folder for each target") {
        let path = entry.expect("an entry").path();
        let input = fs::read(&path).expect("a file");
        // Shown if the check panics.
        println!("{}", path.display());
        check(&input);
        count += 1;
    }
    assert!(count > 0, "nothing is kept in {}", folder.display());
}

#[test]
fn binary() {
    run("binary", checks::binary);
}

#[test]
fn compact() {
    run("compact", checks::compact);
}

#[test]
fn frame() {
    run("frame", checks::frame);
}

#[test]
fn protobuf() {
    run("protobuf", checks::protobuf);
}

#[test]
fn recall() {
    run("recall", checks::recall);
}

#[test]
fn scan() {
    run("scan", checks::scan);
}
