//! The checks: what a server of an echo service has to do, one function each.
//!
//! Where Kitex's manners differ from ours, `--peer kitex` says so: it closes a connection after a request that it cannot route,
//! and without a service name on the wire it calls an unknown method an unknown service.

use rpc::{Client, MethodDescriptor, Reason, ServiceDescriptor, Status};

use crate::samples::TEXTS;
use crate::{Arguments, Peer};

/// What is wrong; `Skipped` when the check means nothing here.
enum Problem {
    Skipped(&'static str),
    Wrong(String),
}

type Outcome = Result<(), Problem>;

impl From<Status> for Problem {
    fn from(status: Status) -> Problem {
        Problem::Wrong(status.to_string())
    }
}

/// Runs every check, whatever became of those before it, and prints a line for each. Returns whether all went well.
pub(crate) async fn run(arguments: &Arguments) -> bool {
    let mut passed = true;
    let mut report = |name: &str, outcome: Outcome| match outcome {
        Ok(()) => println!("ok {name}"),
        Err(Problem::Skipped(why)) => println!("skipped {name}: {why}"),
        Err(Problem::Wrong(what)) => {
            println!("FAILED {name}: {what}");
            passed = false;
        }
    };
    report("echo", echo(arguments).await);
    report("echo-complex", echo_complex(arguments).await);
    report("metadata", metadata(arguments).await);
    report("unknown-method", unknown_method(arguments).await);
    report("unknown-service", unknown_service(arguments).await);
    report(
        "handler-error",
        handler_fails(arguments, "error", "biz error").await,
    );
    report(
        "handler-panic",
        handler_fails(arguments, "panic", "panic").await,
    );
    report("business-status", business_status(arguments).await);
    report("1-mib", large(arguments, 1 << 20).await);
    report("4-mib", large(arguments, 4 << 20).await);
    report("concurrent", concurrent(arguments).await);
    passed
}

async fn echo(arguments: &Arguments) -> Outcome {
    let client = arguments.client().build();
    for text in TEXTS {
        echo_once(arguments, &client, text).await?;
    }
    Ok(())
}

async fn echo_complex(arguments: &Arguments) -> Outcome {
    let client = arguments.client().build();
    let changed = arguments.payload.echo_complex(&client).await?;
    require(changed.is_empty(), || changed.join("; "))
}

/// A server that does not care for metadata has to answer all the same.
async fn metadata(arguments: &Arguments) -> Outcome {
    if !arguments.framing().has_ttheader() {
        return Err(Problem::Skipped("no place for metadata in this protocol"));
    }
    let client = arguments.client().build();
    let client = client
        .persistent("TRACE", "一二三")
        .transient("HOP", &"v".repeat(1_000));
    echo_once(arguments, &client, "with metadata").await
}

async fn unknown_method(arguments: &Arguments) -> Outcome {
    let service = ServiceDescriptor {
        name: arguments.payload.service(),
        methods: MISSING,
    };
    let is_named = arguments.framing().has_ttheader();
    let exception = match arguments.peer {
        Peer::Kitex if !is_named => rpc::exception::UNKNOWN_SERVICE,
        Peer::Kitex | Peer::Kittiwake => rpc::exception::UNKNOWN_METHOD,
    };
    unroutable(arguments, &service, exception).await
}

async fn unknown_service(arguments: &Arguments) -> Outcome {
    if !arguments.framing().has_ttheader() {
        return Err(Problem::Skipped("no service name in this protocol"));
    }
    let service = ServiceDescriptor {
        name: "Stranger",
        methods: MISSING,
    };
    unroutable(arguments, &service, rpc::exception::UNKNOWN_SERVICE).await
}

/// A call that the server cannot route, and another one on the same connection.
async fn unroutable(arguments: &Arguments, service: &ServiceDescriptor, exception: i32) -> Outcome {
    let client = arguments.client().build();
    echo_once(arguments, &client, "before").await?;
    let outcome = arguments.payload.call(&client, service).await;
    require_exception(outcome, exception, "unknown")?;
    echo_once(arguments, &client, "after").await?;
    if arguments.peer == Peer::Kitex {
        Ok(())
    } else {
        require_one_connection(&client)
    }
}

async fn handler_fails(arguments: &Arguments, action: &str, reason: &str) -> Outcome {
    let client = arguments.client().build();
    for _ in 0..3 {
        let outcome = arguments.payload.echo(&client, action, "refuse me").await;
        require_exception(outcome, rpc::exception::INTERNAL_ERROR, reason)?;
        echo_once(arguments, &client, "after").await?;
    }
    require_one_connection(&client)
}

/// A refusal of the application: a normal reply, with the reason in its header.
async fn business_status(arguments: &Arguments) -> Outcome {
    if !arguments.framing().has_ttheader() {
        return Err(Problem::Skipped(
            "no place for a business status in this protocol",
        ));
    }
    let client = arguments.client().build();
    let outcome = arguments.payload.echo(&client, "biz", "refuse me").await;
    let status = outcome.err();
    let biz = status.as_ref().and_then(Status::as_biz);
    let as_expected = biz.is_some_and(|biz| {
        let bird = biz.extra().get("bird").map(String::as_str);
        (biz.code(), biz.message(), bird) == (404, "no such bird", Some("dodo"))
    });
    require(as_expected, || {
        format!("wanted business status 404, got {status:?}")
    })?;
    echo_once(arguments, &client, "after").await?;
    require_one_connection(&client)
}

async fn large(arguments: &Arguments, bytes: usize) -> Outcome {
    let client = arguments.client().build();
    let text = "0123456789abcdef".repeat(bytes / 16);
    for _ in 0..3 {
        echo_once(arguments, &client, &text).await?;
    }
    Ok(())
}

/// 64 callers at once, each with contents of its own.
async fn concurrent(arguments: &Arguments) -> Outcome {
    let client = arguments.client().build();
    let callers: Vec<_> = (0..64)
        .map(|caller| {
            let (arguments, client) = (arguments.clone(), client.clone());
            netpoll::spawn_local(async move {
                for round in 0..50 {
                    let text = format!("{round} of {caller} {}", "x".repeat(caller * 7));
                    echo_once(&arguments, &client, &text).await?;
                }
                Ok(())
            })
        })
        .collect();
    for caller in callers {
        caller
            .await
            .unwrap_or_else(|error| Err(Problem::Wrong(error.to_string())))?;
    }
    if arguments.multiplex {
        require_one_connection(&client)
    } else {
        Ok(())
    }
}

async fn echo_once(arguments: &Arguments, client: &Client, text: &str) -> Outcome {
    let is_same = arguments.payload.echo(client, "echo", text).await?;
    require(is_same, || {
        format!("{} bytes came back changed", text.len())
    })
}

fn require(condition: bool, problem: impl FnOnce() -> String) -> Outcome {
    if condition {
        Ok(())
    } else {
        Err(Problem::Wrong(problem()))
    }
}

fn require_exception<T>(outcome: Result<T, Status>, exception: i32, text: &str) -> Outcome {
    match outcome {
        Ok(_) => Err(Problem::Wrong(format!("exception {exception} is missing"))),
        Err(status) => {
            let as_expected = status.reason() == Reason::Remote
                && status.exception_id() == exception
                && status.message().contains(text);
            require(as_expected, || {
                format!("wanted exception {exception} that says {text:?}, got {status:?}")
            })
        }
    }
}

/// All calls of this client went over one connection.
fn require_one_connection(client: &Client) -> Outcome {
    let connections = client.counters().connected;
    require(connections == 1, || {
        format!("the connection was not kept: {connections} were needed")
    })
}

/// A method that no server has.
const MISSING: &[MethodDescriptor] = &[MethodDescriptor {
    name: "Missing",
    oneway: false,
}];
