//! The service of the tests, written by hand as generated code would be. Every method takes a text and a number and gives a text.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Poll, Waker};
use std::time::Duration;

use codec::thrift::{Decode, Encode, Kind, Reader, Writer};
use codec::{DecodeError, Str};
use rpc::{Call, Describe, MethodDescriptor, Service, ServiceDescriptor, Status};

/// Serves `Birds`.
#[derive(Debug, Default)]
pub(crate) struct Birds;

pub(crate) static BIRDS: ServiceDescriptor = ServiceDescriptor {
    name: "Birds",
    methods: &[
        method("Echo"),
        method("Sleep"),
        MethodDescriptor {
            name: "Notify",
            oneway: true,
        },
        method("Notified"),
        method("Describe"),
        method("Refuse"),
        method("Wait"),
        method("Open"),
        method("Large"),
        method("Silent"),
    ],
};

pub(crate) const ECHO: usize = 0;
pub(crate) const SLEEP: usize = 1;
pub(crate) const NOTIFY: usize = 2;
pub(crate) const NOTIFIED: usize = 3;
pub(crate) const DESCRIBE: usize = 4;
pub(crate) const REFUSE: usize = 5;
pub(crate) const WAIT: usize = 6;
pub(crate) const OPEN: usize = 7;
pub(crate) const LARGE: usize = 8;
pub(crate) const SILENT: usize = 9;

const fn method(name: &'static str) -> MethodDescriptor {
    MethodDescriptor {
        name,
        oneway: false,
    }
}

impl Describe for Birds {
    fn descriptor() -> &'static ServiceDescriptor {
        &BIRDS
    }
}

impl Service for Birds {
    async fn call(&self, call: &mut Call) -> Result<(), Status> {
        let payload = call.take_payload();
        let Arguments { text, number } = call.decode(&payload)?;
        let answer = match call.method() {
            ECHO if &*text == "error" => return Err(Status::new("failed as asked")),
            ECHO if &*text == "panic" => panic!("panicked as asked"),
            ECHO => text,
            SLEEP => {
                rpc::time::sleep(Duration::from_millis(number.unsigned_abs().into())).await;
                text
            }
            NOTIFY => {
                NOTIFICATIONS.fetch_add(number.unsigned_abs(), Ordering::SeqCst);
                return Ok(());
            }
            NOTIFIED => NOTIFICATIONS.load(Ordering::SeqCst).to_string().into(),
            DESCRIBE => describe(call).into(),
            REFUSE => {
                let extra = (number % 2 == 1).then(|| ("odd".to_owned(), "yes".to_owned()));
                return Err(Status::biz(number, &*text, extra));
            }
            WAIT => {
                wait_at_gate(&text).await;
                text
            }
            OPEN => {
                open_gate(&text);
                text
            }
            LARGE => "x".repeat(number.unsigned_abs() as usize).into(),
            SILENT => return Ok(()),
            other => return Err(Status::unknown_method(other)),
        };
        call.reply(&Answer { text: answer })
    }
}

/// What the context tells, one fact per line; and sends metadata back.
fn describe(call: &mut Call) -> String {
    let context = call.context();
    let facts = [
        format!("service {}", context.service()),
        format!("method {}", context.method()),
        format!("caller {:?}", context.caller()),
        format!("isn {:?}", context.header("isn")),
        format!("persistent A {:?}", context.persistent("A")),
        format!("transient B {:?}", context.transient("B")),
        format!("absent {:?}", context.header("absent")),
        format!("has deadline {}", context.deadline().is_some()),
        format!("seq id {}", context.seq_id()),
        format!("framing {:?}", context.framing()),
        format!("peer is known {}", context.peer().is_some()),
        format!("headers {}", context.headers().count()),
    ];
    context.set_reply_metadata("ANSWERED_BY", "nobody");
    context.set_reply_metadata("ANSWERED_BY", "birds");
    facts.join("\n")
}

/// The arguments of every method.
#[derive(Debug, Default)]
pub(crate) struct Arguments<'a> {
    pub(crate) text: Str<'a>,
    pub(crate) number: i32,
}

impl<'a> Decode<'a> for Arguments<'a> {
    fn decode<R: Reader<'a>>(r: &mut R) -> Result<Self, DecodeError> {
        let mut arguments = Arguments::default();
        r.struct_begin()?;
        while let Some(field) = r.field()? {
            match (field.id, field.kind) {
                (1, Kind::Binary) => arguments.text = r.str()?,
                (2, Kind::I32) => arguments.number = r.i32()?,
                _ => r.skip(field.kind)?,
            }
        }
        r.struct_end();
        Ok(arguments)
    }
}

impl Encode for Arguments<'_> {
    fn encode<W: Writer>(&self, w: &mut W) {
        w.struct_begin();
        w.field(Kind::Binary, 1);
        w.str(&self.text);
        w.field(Kind::I32, 2);
        w.i32(self.number);
        w.struct_end();
    }
}

/// The result of every method.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer<'a> {
    pub(crate) text: Str<'a>,
}

impl<'a> Decode<'a> for Answer<'a> {
    fn decode<R: Reader<'a>>(r: &mut R) -> Result<Self, DecodeError> {
        let mut answer = Answer::default();
        r.struct_begin()?;
        while let Some(field) = r.field()? {
            match (field.id, field.kind) {
                (0, Kind::Binary) => answer.text = r.str()?,
                _ => r.skip(field.kind)?,
            }
        }
        r.struct_end();
        Ok(answer)
    }
}

impl Encode for Answer<'_> {
    fn encode<W: Writer>(&self, w: &mut W) {
        w.struct_begin();
        w.field(Kind::Binary, 0);
        w.str(&self.text);
        w.struct_end();
    }
}

static NOTIFICATIONS: AtomicU32 = AtomicU32::new(0);

/// Whether it is open, and who waits at it.
type Gate = (bool, Vec<Waker>);

static GATES: Mutex<Option<HashMap<String, Gate>>> = Mutex::new(None);

fn with_gate<T>(name: &str, f: impl FnOnce(&mut Gate) -> T) -> T {
    let mut gates = GATES.lock().unwrap();
    f(gates
        .get_or_insert_default()
        .entry(name.to_owned())
        .or_default())
}

async fn wait_at_gate(name: &str) {
    poll_fn(|cx| {
        with_gate(name, |(is_open, waiting)| {
            if *is_open {
                return Poll::Ready(());
            }
            waiting.push(cx.waker().clone());
            Poll::Pending
        })
    })
    .await;
}

/// Opens a gate for everybody who waits at it or comes later; from any thread.
pub(crate) fn open_gate(name: &str) {
    let waiting = with_gate(name, |(is_open, waiting)| {
        *is_open = true;
        std::mem::take(waiting)
    });
    waiting.into_iter().for_each(Waker::wake);
}

/// How many calls wait at a gate.
pub(crate) fn count_at_gate(name: &str) -> usize {
    with_gate(name, |(_, waiting)| waiting.len())
}
