//! Which service and method a request is for.
//!
//! Rules of Kitex (`server/service.go`): a request that names a service (`isn` in TTHeader) gets that one; a service that is
//! not known is found by its method when exactly one service has it; a request without a service name goes to the fallback
//! service if that has the method, else to the first one registered that does. A server that refuses nameless requests goes by
//! the name of the service alone.
//!
//! Built once and read by every core. A lookup compares names of equal length only, which for the services people write
//! is one comparison or two, and hashes nothing.

use std::fmt;

use crate::descriptor::ServiceDescriptor;
use crate::status::{Reason, Status, exception};

/// The services of a server.
#[derive(Debug)]
pub(crate) struct Registry {
    services: Vec<Entry>,
    /// Every method of every service: where a request without a service name goes.
    by_method: NameIndex<Target>,
    refuse_nameless: bool,
}

/// A service to register.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Registration {
    pub(crate) descriptor: &'static ServiceDescriptor,
    pub(crate) is_fallback: bool,
}

/// Service and method of a request, as indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) service: u32,
    pub(crate) method: u32,
}

#[derive(Debug)]
struct Entry {
    descriptor: &'static ServiceDescriptor,
    methods: NameIndex<u32>,
}

impl Registry {
    /// Checks that the services can share one port.
    ///
    /// # Errors
    /// No service, two of one name, two fallbacks, or a method in two services while neither of all is the fallback.
    pub(crate) fn new(
        registrations: &[Registration],
        refuse_nameless: bool,
    ) -> Result<Registry, RegistryError> {
        if registrations.is_empty() {
            return Err(RegistryError::NoService);
        }
        let fallbacks: Vec<_> = registrations
            .iter()
            .filter(|service| service.is_fallback)
            .collect();
        if let [first, second, ..] = fallbacks[..] {
            return Err(RegistryError::TwoFallbacks(
                first.descriptor.name,
                second.descriptor.name,
            ));
        }
        let mut services: Vec<Entry> = Vec::with_capacity(registrations.len());
        for Registration { descriptor, .. } in registrations {
            if services
                .iter()
                .any(|entry| entry.descriptor.name == descriptor.name)
            {
                return Err(RegistryError::Duplicate(descriptor.name));
            }
            let methods = descriptor
                .methods
                .iter()
                .zip(0..)
                .map(|(method, index)| (method.name, index));
            services.push(Entry {
                descriptor,
                methods: NameIndex::new(methods),
            });
        }
        let by_method = index_methods(registrations);
        if fallbacks.is_empty() && !refuse_nameless {
            check_conflicts(registrations)?;
        }
        Ok(Registry {
            services,
            by_method,
            refuse_nameless,
        })
    }

    /// The descriptor of a service.
    #[inline]
    pub(crate) fn descriptor(&self, service: u32) -> &'static ServiceDescriptor {
        self.services[service as usize].descriptor
    }

    /// Finds where a request goes. `service` is empty when it names none. Names are compared as bytes: what equals a name
    /// of the IDL is text.
    #[inline]
    pub(crate) fn find(&self, service: &[u8], method: &[u8]) -> Result<Target, Status> {
        let found = if service.is_empty() && !self.refuse_nameless {
            self.by_method.find(method)
        } else {
            let index = self
                .services
                .iter()
                .position(|entry| entry.descriptor.name.as_bytes() == service);
            index.and_then(|index| {
                let method = self.services[index].methods.find(method)?;
                Some(Target {
                    service: index as u32,
                    method,
                })
            })
        };
        match found {
            Some(target) => Ok(target),
            None => self.find_otherwise(service, method),
        }
    }

    /// Neither the service's own method nor a nameless request for one: an unknown service that one method gives away,
    /// or an error.
    #[cold]
    fn find_otherwise(&self, service: &[u8], method: &[u8]) -> Result<Target, Status> {
        let known = match self.refuse_nameless {
            true => None,
            false => self.unique(method),
        };
        let (service, method) = (
            String::from_utf8_lossy(service),
            String::from_utf8_lossy(method),
        );
        if service.is_empty() && self.refuse_nameless {
            return Err(Status::with(
                Reason::UnknownService,
                exception::NO_SERVICE_NAME,
                format!(
                    "the request for method {method} names no service, and this server insists on one"
                ),
            ));
        }
        if service.is_empty() {
            return Err(Status::unknown_method(method));
        }
        if self
            .services
            .iter()
            .any(|entry| entry.descriptor.name == service)
        {
            return Err(Status::unknown_method(format_args!(
                "{method} (service {service})"
            )));
        }
        known.ok_or_else(|| {
            Status::with(
                Reason::UnknownService,
                exception::UNKNOWN_SERVICE,
                format!("unknown service {service}, method {method}"),
            )
        })
    }

    /// The method, if exactly one service has it.
    fn unique(&self, method: &[u8]) -> Option<Target> {
        let mut found = self
            .services
            .iter()
            .zip(0..)
            .filter_map(|(entry, service)| {
                Some(Target {
                    service,
                    method: entry.methods.find(method)?,
                })
            });
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }
}

/// Methods by name over all services; of two with the same name the fallback's counts, else the first registered.
fn index_methods(registrations: &[Registration]) -> NameIndex<Target> {
    let mut ordered: Vec<_> = registrations.iter().zip(0_u32..).collect();
    ordered.sort_by_key(|(service, _)| !service.is_fallback);
    let mut seen: Vec<(&str, Target)> = vec![];
    for (registration, service) in ordered {
        for (method, index) in registration.descriptor.methods.iter().zip(0..) {
            if !seen.iter().any(|(name, _)| *name == method.name) {
                seen.push((
                    method.name,
                    Target {
                        service,
                        method: index,
                    },
                ));
            }
        }
    }
    NameIndex::new(seen.into_iter())
}

fn check_conflicts(registrations: &[Registration]) -> Result<(), RegistryError> {
    for (index, first) in registrations.iter().enumerate() {
        for second in &registrations[index + 1..] {
            for method in first.descriptor.methods {
                if second
                    .descriptor
                    .methods
                    .iter()
                    .any(|other| other.name == method.name)
                {
                    return Err(RegistryError::Conflict {
                        method: method.name,
                        first: first.descriptor.name,
                        second: second.descriptor.name,
                    });
                }
            }
        }
    }
    Ok(())
}

/// Values by name, grouped by the length of the name.
#[derive(Debug)]
struct NameIndex<T> {
    /// Sorted by length.
    names: Vec<(&'static str, T)>,
    /// `names[starts[n]..starts[n + 1]]` have the length `n`.
    starts: Vec<u32>,
}

impl<T: Copy> NameIndex<T> {
    fn new(names: impl Iterator<Item = (&'static str, T)>) -> Self {
        let mut names: Vec<_> = names.collect();
        names.sort_by_key(|(name, _)| name.len());
        let longest = names.last().map_or(0, |(name, _)| name.len());
        let starts = (0..=longest + 1)
            .map(|length| names.partition_point(|(name, _)| name.len() < length) as u32)
            .collect();
        NameIndex { names, starts }
    }

    #[inline]
    fn find(&self, name: &[u8]) -> Option<T> {
        let range = self.starts.get(name.len()..)?;
        let [start, end, ..] = *range else {
            return None;
        };
        let candidates = &self.names[start as usize..end as usize];
        candidates
            .iter()
            .find(|(candidate, _)| candidate.as_bytes() == name)
            .map(|(_, value)| *value)
    }
}

/// Why services cannot share a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegistryError {
    /// A method in two services, while no service is the fallback.
    Conflict {
        /// The method.
        method: &'static str,
        /// One service that has it.
        first: &'static str,
        /// Another one.
        second: &'static str,
    },
    /// Two services of this name.
    Duplicate(&'static str),
    /// There is none.
    NoService,
    /// Both of these are marked as the fallback.
    TwoFallbacks(&'static str, &'static str),
}

impl std::error::Error for RegistryError {}

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RegistryError::Conflict {
                method,
                first,
                second,
            } => write!(
                f,
                "method {method} is in both services {first} and {second}, so a request without a service name is \
                 ambiguous: register one with `fallback_service`, or refuse such requests"
            ),
            RegistryError::Duplicate(name) => write!(f, "service {name} is registered twice"),
            RegistryError::NoService => {
                f.write_str("the server has no service: register one with `service`")
            }
            RegistryError::TwoFallbacks(first, second) => {
                write!(
                    f,
                    "services {first} and {second} are both the fallback; only one can be"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests;
