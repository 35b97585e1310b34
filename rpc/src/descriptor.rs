//! What generated code tells about a service: its name in the IDL and its methods.

/// A service as its IDL describes it.
#[derive(Debug)]
pub struct ServiceDescriptor {
    /// Name in the IDL, of protobuf without the package; TTHeader carries it under `isn`.
    pub name: &'static str,
    /// The methods, those of inherited services included. A method is known by its index here.
    pub methods: &'static [MethodDescriptor],
}

/// A method as its IDL describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MethodDescriptor {
    /// Name in the IDL and on the wire.
    pub name: &'static str,
    /// Whether there is no reply.
    pub oneway: bool,
}

/// A service that knows its descriptor. Generated servers implement it.
pub trait Describe {
    /// The descriptor, one per service in a program.
    fn descriptor() -> &'static ServiceDescriptor;
}
