//! The checks: what a server of `EchoServer` has to do, one function each.
//!
//! Where Kitex's manners differ from ours, `--peer kitex` says so: it closes a connection after a request that it cannot route,
//! and without a service name on the wire it calls an unknown method an unknown service.

use examples::echo::{EchoServerClient, Request};
use rpc::{Client, MethodDescriptor, Reason, ServiceDescriptor, Status};

use crate::samples::{self, TEXTS};
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
    report("1-mib", large(arguments, 1 << 20).await);
    report("4-mib", large(arguments, 4 << 20).await);
    report("concurrent", concurrent(arguments).await);
    passed
}

async fn echo(arguments: &Arguments) -> Outcome {
    let client = arguments.client().build();
    for text in TEXTS {
        echo_once(&client, text).await?;
    }
    Ok(())
}

async fn echo_complex(arguments: &Arguments) -> Outcome {
    let client = EchoServerClient::new(arguments.client().build());
    for request in [samples::full(), samples::empty()] {
        let response = client.echo_complex(&request).await?;
        let expected = samples::answer_to(request);
        require(response == expected, || {
            format!("{response:?} came back for {expected:?}")
        })?;
    }
    Ok(())
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
    echo_once(&client, "with metadata").await
}

async fn unknown_method(arguments: &Arguments) -> Outcome {
    let service = ServiceDescriptor {
        name: "EchoServer",
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
    echo_once(&client, "before").await?;
    let nothing = Request::default();
    let outcome = client.call(service, 0, &nothing).await.map(drop);
    require_exception(outcome, exception, "unknown")?;
    echo_once(&client, "after").await?;
    if arguments.peer == Peer::Kitex {
        Ok(())
    } else {
        require_one_connection(&client)
    }
}

async fn handler_fails(arguments: &Arguments, action: &str, reason: &str) -> Outcome {
    let client = arguments.client().build();
    let echo = EchoServerClient::new(client.clone());
    for _ in 0..3 {
        let request = Request {
            action: action.into(),
            msg: "refuse me".into(),
        };
        let outcome = echo.echo(&request).await.map(drop);
        require_exception(outcome, rpc::exception::INTERNAL_ERROR, reason)?;
        echo_once(&client, "after").await?;
    }
    require_one_connection(&client)
}

async fn large(arguments: &Arguments, bytes: usize) -> Outcome {
    let client = arguments.client().build();
    let text = "0123456789abcdef".repeat(bytes / 16);
    for _ in 0..3 {
        echo_once(&client, &text).await?;
    }
    Ok(())
}

/// 64 callers at once, each with contents of its own.
async fn concurrent(arguments: &Arguments) -> Outcome {
    let client = arguments.client().build();
    let callers: Vec<_> = (0..64)
        .map(|caller| {
            let client = client.clone();
            netpoll::spawn_local(async move {
                for round in 0..50 {
                    let text = format!("{round} of {caller} {}", "x".repeat(caller * 7));
                    echo_once(&client, &text).await?;
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

async fn echo_once(client: &Client, text: &str) -> Outcome {
    let request = Request {
        action: "echo".into(),
        msg: text.into(),
    };
    let response = EchoServerClient::new(client.clone()).echo(&request).await?;
    require(
        response.action == request.action && response.msg == request.msg,
        || {
            format!(
                "{} bytes came back for {} bytes, changed",
                response.msg.len(),
                text.len()
            )
        },
    )
}

fn require(condition: bool, problem: impl FnOnce() -> String) -> Outcome {
    if condition {
        Ok(())
    } else {
        Err(Problem::Wrong(problem()))
    }
}

fn require_exception(outcome: Result<(), Status>, exception: i32, text: &str) -> Outcome {
    match outcome {
        Ok(()) => Err(Problem::Wrong(format!("exception {exception} is missing"))),
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
