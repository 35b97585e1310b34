//! Every row of the lookup table, and the conflicts.

use super::*;
use crate::descriptor::MethodDescriptor;

macro_rules! service {
    ($name:ident: $($method:ident)*) => {
        const $name: &ServiceDescriptor = &ServiceDescriptor {
            name: stringify!($name),
            methods: &[$(MethodDescriptor { name: stringify!($method), oneway: false }),*],
        };
    };
}

service!(BIRDS: Fly Sing Nest);
service!(PLANES: Fly Land);
service!(FISH: Swim);
service!(EMPTY:);

fn plain(descriptor: &'static ServiceDescriptor) -> Registration {
    Registration {
        descriptor,
        is_fallback: false,
    }
}

fn fallback(descriptor: &'static ServiceDescriptor) -> Registration {
    Registration {
        descriptor,
        is_fallback: true,
    }
}

/// Looks up and answers `Ok("service.method")` or `Err((exception id, text))`.
fn look_up(registry: &Registry, service: &str, method: &str) -> Result<String, (i32, String)> {
    match registry.find(service.as_bytes(), method.as_bytes()) {
        Ok(target) => {
            let descriptor = registry.descriptor(target.service);
            Ok(format!(
                "{}.{}",
                descriptor.name, descriptor.methods[target.method as usize].name
            ))
        }
        Err(status) => Err((status.exception_id(), status.message().to_owned())),
    }
}

#[track_caller]
fn check(registry: &Registry, service: &str, method: &str, expected: Result<&str, (i32, &str)>) {
    let expected = expected
        .map(str::to_owned)
        .map_err(|(id, text)| (id, text.to_owned()));
    assert_eq!(
        look_up(registry, service, method),
        expected,
        "service {service:?}, method {method:?}"
    );
}

#[test]
fn a_named_service_gets_its_own_methods() {
    let registry = Registry::new(&[plain(BIRDS), fallback(PLANES), plain(FISH)], false).unwrap();
    check(&registry, "BIRDS", "Fly", Ok("BIRDS.Fly"));
    check(&registry, "PLANES", "Fly", Ok("PLANES.Fly"));
    check(
        &registry,
        "FISH",
        "Fly",
        Err((1, "unknown method Fly (service FISH)")),
    );
    check(
        &registry,
        "FISH",
        "",
        Err((1, "unknown method  (service FISH)")),
    );
}

#[test]
fn an_unknown_service_is_found_by_a_method_that_only_one_service_has() {
    let registry = Registry::new(&[plain(BIRDS), fallback(PLANES), plain(FISH)], false).unwrap();
    check(&registry, "Seabirds", "Sing", Ok("BIRDS.Sing"));
    check(
        &registry,
        "Seabirds",
        "Fly",
        Err((20, "unknown service Seabirds, method Fly")),
    );
    check(
        &registry,
        "Seabirds",
        "Hop",
        Err((20, "unknown service Seabirds, method Hop")),
    );
}

#[test]
fn without_a_service_name_the_fallback_comes_first_then_the_order_of_registration() {
    let registry = Registry::new(&[plain(BIRDS), fallback(PLANES), plain(FISH)], false).unwrap();
    check(&registry, "", "Fly", Ok("PLANES.Fly"));
    check(&registry, "", "Sing", Ok("BIRDS.Sing"));
    check(&registry, "", "Swim", Ok("FISH.Swim"));
    check(&registry, "", "Hop", Err((1, "unknown method Hop")));
    check(
        &registry,
        "",
        &"x".repeat(10_000),
        Err((1, &format!("unknown method {}", "x".repeat(10_000)))),
    );
    let registry = Registry::new(&[plain(BIRDS), plain(PLANES), fallback(EMPTY)], false).unwrap();
    check(&registry, "", "Fly", Ok("BIRDS.Fly"));
}

#[test]
fn nameless_requests_may_be_refused() {
    let registry = Registry::new(&[plain(BIRDS), plain(PLANES)], true).unwrap();
    let text = "the request for method Sing names no service, and this server insists on one";
    check(&registry, "", "Sing", Err((21, text)));
    check(&registry, "BIRDS", "Fly", Ok("BIRDS.Fly"));
    // Nor is a wrong name made good by the method.
    let text = "unknown service Seabirds, method Sing";
    check(&registry, "Seabirds", "Sing", Err((20, text)));
}

#[test]
fn services_that_cannot_share_a_port_are_refused() {
    let check = |services: &[Registration], expected: RegistryError| {
        assert_eq!(
            Registry::new(services, false).unwrap_err(),
            expected,
            "{expected}"
        );
    };
    check(&[], RegistryError::NoService);
    check(
        &[plain(BIRDS), plain(BIRDS)],
        RegistryError::Duplicate("BIRDS"),
    );
    check(
        &[fallback(BIRDS), fallback(FISH)],
        RegistryError::TwoFallbacks("BIRDS", "FISH"),
    );
    let conflict = RegistryError::Conflict {
        method: "Fly",
        first: "BIRDS",
        second: "PLANES",
    };
    check(&[plain(BIRDS), plain(FISH), plain(PLANES)], conflict);
}
