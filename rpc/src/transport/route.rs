//! `Route`: where the requests with one head go, worked out once and kept with the head.

use std::time::Duration;

use codec::frame::Frame;
use codec::thrift::MessageKind;

use crate::descriptor::ServiceDescriptor;
use crate::server::{Registry, Target};

/// The method that requests with one head are for, and what their head says of the call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    /// Which of the server's services it is.
    pub(crate) index: u32,
    pub(crate) service: &'static ServiceDescriptor,
    /// Which of its methods.
    pub(crate) method: usize,
    pub(crate) is_oneway: bool,
    /// How long the caller waits.
    pub(crate) timeout: Option<Duration>,
}

impl Route {
    /// Of requests that find no service.
    pub(crate) const NOWHERE: Route = Route {
        index: u32::MAX,
        service: &ServiceDescriptor {
            name: "",
            methods: &[],
        },
        method: usize::MAX,
        is_oneway: false,
        timeout: None,
    };

    /// Of requests with the head of `frame`.
    pub(crate) fn new(target: Target, frame: &Frame<'_>, registry: &Registry) -> Route {
        let service = registry.descriptor(target.service);
        let method = target.method as usize;
        let declared = service.methods.get(method);
        // As Kitex, which takes a timeout that is no number for none.
        let timeout_ms = frame.info().timeout_ms().ok().flatten();
        Route {
            index: target.service,
            service,
            method,
            is_oneway: declared.is_some_and(|method| method.oneway)
                || frame.head.kind == MessageKind::Oneway,
            timeout: timeout_ms.map(Duration::from_millis),
        }
    }
}
