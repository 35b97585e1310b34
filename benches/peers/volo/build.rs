//! Has Volo's own generator write the code for the services that the peers speak.

use std::path::Path;

fn main() -> anyhow::Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut generator = volo_build::Builder::thrift();
    for idl in [
        "../../../examples/idl/echo.thrift",
        "../idl/unknown_method.thrift",
    ] {
        println!("cargo:rerun-if-changed={idl}");
        generator = generator.add_service(here.join(idl));
    }
    generator.ignore_unused(false).write()
}
