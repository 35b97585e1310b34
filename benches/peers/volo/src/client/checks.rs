//! The checks, in the order they run. Each is on its own: it makes its client and leaves nothing behind.

use std::{future::Future, pin::Pin, sync::atomic::Ordering};

use anyhow::{Context, bail, ensure};
use pilota::FastStr;
use volo_peers::{
    echo::{ComplexRequest, Message, Request, SubMessage},
    unknown_method,
};
use volo_thrift::ClientError;

use crate::{Options, Peer, Protocol, link::Link};

pub(crate) enum Outcome {
    Passed,
    Skipped(&'static str),
}

type Check = for<'a> fn(&'a Options) -> Pin<Box<dyn Future<Output = anyhow::Result<Outcome>> + 'a>>;

pub(crate) const CHECKS: [(&str, Check); 9] = [
    ("echo", |options| Box::pin(echo(options))),
    ("echo-complex", |options| Box::pin(echo_complex(options))),
    ("unknown-method", |options| {
        Box::pin(unknown_method(options))
    }),
    ("unknown-service", |options| {
        Box::pin(unknown_service(options))
    }),
    ("handler-error", |options| {
        Box::pin(handler_fails(options, "error", "biz error"))
    }),
    ("handler-panic", |options| {
        Box::pin(handler_fails(options, "panic", "panic"))
    }),
    ("1-mib", |options| Box::pin(large(options, 1 << 20))),
    ("4-mib", |options| Box::pin(large(options, 4 << 20))),
    ("concurrent", |options| Box::pin(concurrent(options))),
];

async fn echo(options: &Options) -> anyhow::Result<Outcome> {
    let link = Link::new(options)?;
    let texts = [
        "",
        "hello",
        "\0\u{1}\u{2}\u{7f}\r\n\t",
        "ÄÖÜ ß, 你好世界, 🐦🌊",
        "\0\u{7ff}\u{ffff}\u{10ffff}",
        &"a".repeat(4095),
        &"b".repeat(4096),
        &"c".repeat(65535),
        &"🐦".repeat(50_000),
    ];
    for text in texts {
        echo_once(&link, text).await?;
    }
    Ok(Outcome::Passed)
}

async fn echo_complex(options: &Options) -> anyhow::Result<Outcome> {
    let link = Link::new(options)?;
    for request in [complex_request(), ComplexRequest::default()] {
        let response = link.echo.echo_complex(request.clone()).await?;
        let same = response.action == request.action
            && response.msg == request.msg
            && response.msg_map == request.msg_map
            && response.sub_msgs == request.sub_msgs
            && response.msg_set == request.msg_set
            && response.flag_msg == request.flag_msg;
        ensure!(same, "got {response:?}, want {request:?}");
    }
    Ok(Outcome::Passed)
}

async fn unknown_method(options: &Options) -> anyhow::Result<Outcome> {
    // Without a service name on the wire, Kitex reports an unknown service.
    let named = options.protocol == Protocol::TtheaderFramed;
    let kind = if options.peer == Peer::Kitex && !named {
        UNKNOWN_SERVICE
    } else {
        UNKNOWN_METHOD
    };
    unroutable(options, &Link::new(options)?, kind).await
}

async fn unknown_service(options: &Options) -> anyhow::Result<Outcome> {
    if options.protocol != Protocol::TtheaderFramed {
        return Ok(Outcome::Skipped("no service name in this protocol"));
    }
    let link = Link::new(options)?;
    link.stranger.store(true, Ordering::Relaxed);
    unroutable(options, &link, UNKNOWN_SERVICE).await
}

/// Checks the exception's type and what becomes of the connection after it.
async fn unroutable(options: &Options, link: &Link, kind: i32) -> anyhow::Result<Outcome> {
    for _ in 0..3 {
        want_exception(link.wider.missing("text".into()).await, kind, "unknown")?;
        if options.peer == Peer::Kitex {
            // It says that it will close the connection, and Volo heeds that: nothing to prove.
            return Ok(Outcome::Passed);
        }
    }
    link.stranger.store(false, Ordering::Relaxed);
    wider_echo(link, "after")
        .await
        .context("the connection was not kept")?;
    one_connection(link)
}

async fn handler_fails(options: &Options, action: &str, reason: &str) -> anyhow::Result<Outcome> {
    let link = Link::new(options)?;
    for _ in 0..3 {
        let request = unknown_method::Request {
            action: action.to_owned().into(),
            msg: "refuse me".into(),
        };
        want_exception(link.wider.echo(request).await, INTERNAL_ERROR, reason)?;
        wider_echo(&link, "after")
            .await
            .context("the connection was not kept")?;
    }
    one_connection(&link)
}

async fn large(options: &Options, bytes: usize) -> anyhow::Result<Outcome> {
    let link = Link::new(options)?;
    for _ in 0..3 {
        echo_once(&link, &"0123456789abcdef".repeat(bytes / 16)).await?;
    }
    Ok(Outcome::Passed)
}

async fn concurrent(options: &Options) -> anyhow::Result<Outcome> {
    let link = std::sync::Arc::new(Link::new(options)?);
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..64 {
        let link = link.clone();
        callers.spawn(async move {
            for round in 0..50 {
                echo_once(
                    &link,
                    &format!("{round} of {caller} {}", "x".repeat(caller * 7)),
                )
                .await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(caller) = callers.join_next().await {
        caller??;
    }
    Ok(Outcome::Passed)
}

async fn echo_once(link: &Link, text: &str) -> anyhow::Result<()> {
    let request = Request {
        action: "echo".into(),
        msg: text.to_owned().into(),
    };
    let response = link.echo.echo(request).await?;
    same_text(&response.action, &response.msg, text)
}

async fn wider_echo(link: &Link, text: &str) -> anyhow::Result<()> {
    let request = unknown_method::Request {
        action: "echo".into(),
        msg: text.to_owned().into(),
    };
    let response = link.wider.echo(request).await?;
    same_text(&response.action, &response.msg, text)
}

fn same_text(action: &FastStr, got: &FastStr, want: &str) -> anyhow::Result<()> {
    ensure!(
        action == "echo" && got == want,
        "echo of {} bytes came back as {action:?} with {} bytes",
        want.len(),
        got.len()
    );
    Ok(())
}

fn want_exception<T>(
    answer: Result<T, ClientError>,
    kind: i32,
    reason: &str,
) -> anyhow::Result<()> {
    match answer {
        Ok(_) => bail!("wanted an exception of type {kind}, got an answer"),
        Err(ClientError::Application(exception))
            if i32::from(exception.kind()) == kind && exception.message().contains(reason) =>
        {
            Ok(())
        }
        Err(error) => {
            bail!("wanted an exception of type {kind} that says {reason:?}, got {error:?}")
        }
    }
}

fn one_connection(link: &Link) -> anyhow::Result<Outcome> {
    let connections = link.connections.load(Ordering::Relaxed);
    ensure!(
        connections == 1,
        "wanted one connection, used {connections}"
    );
    Ok(Outcome::Passed)
}

fn complex_request() -> ComplexRequest {
    let sub = |id, value: &str| SubMessage {
        id: Some(id),
        value: Some(value.to_owned().into()),
    };
    let message = |id, value: &str| Message {
        id: Some(id),
        value: Some(value.to_owned().into()),
        sub_messages: Some(vec![sub(id + 1, value)]),
    };
    ComplexRequest {
        action: "echo".into(),
        msg: "complex ÄÖÜ 你好".into(),
        msg_map: [
            ("".into(), sub(0, "")),
            ("one".into(), sub(-1, "eins")),
            ("two".into(), SubMessage::default()),
        ]
        .into_iter()
        .collect(),
        sub_msgs: vec![
            sub(1 << 62, &"s".repeat(5000)),
            SubMessage::default(),
            sub(i64::MIN, "last"),
        ],
        msg_set: Some([message(1, "a"), message(2, "b")].into_iter().collect()),
        flag_msg: message(7, "flag"),
        mock_cost: None,
    }
}

const UNKNOWN_METHOD: i32 = 1;
const INTERNAL_ERROR: i32 = 6;
const UNKNOWN_SERVICE: i32 = 20;
