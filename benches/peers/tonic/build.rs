//! Has tonic's own generator write the service's code; protox reads the `.proto` in place of protoc.

fn main() -> anyhow::Result<()> {
    println!("cargo:rerun-if-changed=echo.proto");
    let description = protox::compile(["echo.proto"], ["."])?;
    tonic_prost_build::configure()
        .build_client(false)
        .compile_fds(description)?;
    Ok(())
}
