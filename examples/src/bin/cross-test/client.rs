//! The client: the calls of Apache's test clients, over one connection, in their order.

use std::fmt::Debug;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use codec::frame::Framing;
use codec::{Map, Set, thrift};
use examples::thrift_test::{
    Numberz, ThriftTestClient, ThriftTestTestExceptionError as ExceptionError,
    ThriftTestTestMultiExceptionError as MultiExceptionError,
};
use netpoll::Runtime;
use rpc::{Client, Reason, Status};

use crate::{Common, Protocol, Transport, samples};

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    common: Common,
}

/// What a check is about: its bit in the exit code.
#[derive(Clone, Copy)]
enum Group {
    BaseTypes = 1,
    Structs = 2,
    Containers = 4,
    Exceptions = 8,
}

/// What is wrong.
struct Problem(String);

type Outcome = Result<(), Problem>;

impl From<Status> for Problem {
    fn from(status: Status) -> Problem {
        Problem(status.to_string())
    }
}

/// Prints a line for each check and adds up what failed.
#[derive(Default)]
struct Report {
    failed: u8,
}

impl Report {
    fn note(&mut self, group: Group, name: &str, outcome: Outcome) {
        match outcome {
            Ok(()) => println!("ok {name}"),
            Err(Problem(what)) => {
                println!("FAILED {name}: {what}");
                self.failed |= group as u8;
            }
        }
    }
}

/// Runs every check, whatever became of those before it.
pub(crate) fn run(options: Options) -> anyhow::Result<ExitCode> {
    let runtime = Runtime::builder()
        .cores(1)
        .driver(options.common.driver)
        .start()?;
    let failed = runtime.block_on(0, move || async move { check(&options.common).await });
    Ok(ExitCode::from(failed))
}

async fn check(options: &Common) -> u8 {
    let connections = client(options);
    let client = ThriftTestClient::new(connections.clone());
    if let Err(status) = client.test_void().await
        && status.reason() == Reason::Connect
    {
        eprintln!("cross-test: {status}");
        return UNKNOWN;
    }
    let mut report = Report::default();
    report.note(Group::BaseTypes, "void", void(&client).await);
    report.note(Group::BaseTypes, "string", strings(&client).await);
    report.note(Group::BaseTypes, "integers", integers(&client).await);
    report.note(Group::BaseTypes, "doubles", doubles(&client).await);
    report.note(Group::BaseTypes, "binary", binary(&client).await);
    report.note(Group::Structs, "structs", structs(&client).await);
    report.note(Group::Structs, "enum", enums(&client).await);
    report.note(Group::Structs, "insanity", insanity(&client).await);
    report.note(Group::Structs, "multi", multi(&client).await);
    report.note(Group::Containers, "maps", maps(&client).await);
    report.note(Group::Containers, "lists", lists(&client).await);
    report.note(Group::Exceptions, "exception", exception(&client).await);
    report.note(
        Group::Exceptions,
        "multi-exception",
        multi_exception(&client).await,
    );
    report.note(Group::BaseTypes, "oneway", oneway(&client).await);
    // Of the test void above and all the rest: exceptions and oneway calls leave the connection as it was.
    let connected = connections.counters().connected;
    report.note(
        Group::Exceptions,
        "one-connection",
        require_equal("number of connections", connected, 1),
    );
    report.failed
}

fn client(options: &Common) -> Client {
    let framing = match options.transport {
        Transport::Buffered => Framing::Buffered,
        Transport::Framed => Framing::Framed,
    };
    let protocol = match options.protocol {
        Protocol::Binary => thrift::Protocol::Binary,
        Protocol::Compact => thrift::Protocol::Compact,
    };
    Client::builder(options.address())
        .framing(framing)
        .protocol(protocol)
        .call_timeout(Duration::from_secs(30))
        .build()
}

async fn void(client: &ThriftTestClient) -> Outcome {
    Ok(client.test_void().await?)
}

async fn strings(client: &ThriftTestClient) -> Outcome {
    for text in samples::texts() {
        require_equal("testString", client.test_string(&text).await?, &*text)?;
    }
    Ok(())
}

async fn integers(client: &ThriftTestClient) -> Outcome {
    for bool in [true, false] {
        require_equal("testBool", client.test_bool(bool).await?, bool)?;
    }
    for byte in [0, -1, 42, -42, i8::MAX, i8::MIN] {
        require_equal("testByte", client.test_byte(byte).await?, byte)?;
    }
    for int in [0, -1, 190_000_013, -190_000_013, i32::MAX, i32::MIN] {
        require_equal("testI32", client.test_i32(int).await?, int)?;
    }
    for long in [0, -1, 1 << 32, -(1 << 32), 7 << 60, i64::MAX, i64::MIN] {
        require_equal("testI64", client.test_i64(long).await?, long)?;
        require_equal("testTypedef", client.test_typedef(long).await?, long)?;
    }
    Ok(())
}

/// A double is to come back bit for bit.
async fn doubles(client: &ThriftTestClient) -> Outcome {
    let numbers = [
        0.0,
        -0.0,
        -1.0,
        -5.235_098_235,
        -0.000_341_012_439_638_598_3,
        4_294_967_297.0,
        -9_007_199_254_740_991.0,
        1e307,
        1e-292,
        f64::INFINITY,
    ];
    for number in numbers {
        let answer = client.test_double(number).await?;
        require_equal("testDouble", answer.to_bits(), number.to_bits())?;
    }
    Ok(())
}

async fn binary(client: &ThriftTestClient) -> Outcome {
    for len in [0, 1, 255, 256, 4_095, 4_096, 65_536, 131_072] {
        let bytes = samples::bytes(len);
        let answer = client.test_binary(&bytes).await?;
        require(answer == bytes.as_slice(), || {
            format!("testBinary: {} bytes came back for {len}", answer.len())
        })?;
    }
    Ok(())
}

async fn structs(client: &ThriftTestClient) -> Outcome {
    let flat = samples::xtruct("Zero", 1, -3, -5);
    require_equal("testStruct", client.test_struct(&flat).await?, flat)?;
    let nested = samples::nested();
    require_equal("testNest", client.test_nest(&nested).await?, nested)
}

async fn enums(client: &ThriftTestClient) -> Outcome {
    let numbers = [
        Numberz::ONE,
        Numberz::TWO,
        Numberz::THREE,
        Numberz::FIVE,
        Numberz::SIX,
        Numberz::EIGHT,
    ];
    for number in numbers {
        require_equal("testEnum", client.test_enum(number).await?, number)?;
    }
    Ok(())
}

async fn insanity(client: &ThriftTestClient) -> Outcome {
    let argument = samples::insanity();
    let answer = client.test_insanity(&argument).await?;
    require_equal("testInsanity", answer, samples::insanities(argument))
}

async fn multi(client: &ThriftTestClient) -> Outcome {
    let texts = [(1, "blah".into()), (2, "thing".into())].into();
    let answer = client
        .test_multi(42, 4242, 424_242, &texts, Numberz::EIGHT, 24)
        .await?;
    let expected = samples::xtruct("Hello2", 42, 4242, 424_242);
    require_equal("testMulti", answer, expected)
}

async fn maps(client: &ThriftTestClient) -> Outcome {
    for map in [
        Map::default(),
        (0..5).map(|number| (number, number - 10)).collect(),
    ] {
        require_equal("testMap", client.test_map(&map).await?, map)?;
    }
    let texts = [
        ("a", "123"),
        ("a b", "with spaces "),
        ("same", "same"),
        ("0", "numeric key"),
    ];
    for texts in [&[][..], &texts] {
        let map = texts.iter().map(|&(k, v)| (k.into(), v.into())).collect();
        require_equal("testStringMap", client.test_string_map(&map).await?, map)?;
    }
    let answer = client.test_map_map(1).await?;
    require_equal("testMapMap", answer, samples::map_map())
}

async fn lists(client: &ThriftTestClient) -> Outcome {
    for numbers in [0..0, -2..3, -5_000..5_000] {
        let list: Vec<i32> = numbers.collect();
        require_equal("testList", client.test_list(&list).await?, list.clone())?;
        let set: Set<i32> = list.into_iter().collect();
        require_equal("testSet", client.test_set(&set).await?, set)?;
    }
    Ok(())
}

async fn exception(client: &ThriftTestClient) -> Outcome {
    match client.test_exception("Xception").await {
        Err(ExceptionError::Xception(found)) => {
            require_equal("errorCode", found.error_code, 1001)?;
            require_equal("message", &*found.message, "Xception")?;
        }
        other => return unexpected("testException(Xception)", other),
    }
    match client.test_exception("TException").await {
        Err(ExceptionError::Status(status)) => {
            require_equal("testException(TException)", status.reason(), Reason::Remote)?;
        }
        other => return unexpected("testException(TException)", other),
    }
    match client.test_exception("success").await {
        Ok(()) => Ok(()),
        other => unexpected("testException(success)", other),
    }
}

async fn multi_exception(client: &ThriftTestClient) -> Outcome {
    match client.test_multi_exception("Xception", "test 1").await {
        Err(MultiExceptionError::Xception(found)) => {
            require_equal("errorCode", found.error_code, 1001)?;
            require_equal("message", &*found.message, "This is an Xception")?;
        }
        other => return unexpected("testMultiException(Xception)", other),
    }
    match client.test_multi_exception("Xception2", "test 2").await {
        Err(MultiExceptionError::Xception2(found)) => {
            require_equal("errorCode", found.error_code, 2002)?;
            let text = &*found.struct_thing.string_thing;
            require_equal("string_thing", text, "This is an Xception2")?;
        }
        other => return unexpected("testMultiException(Xception2)", other),
    }
    match client.test_multi_exception("success", "test 3").await {
        Ok(found) => require_equal("string_thing", &*found.string_thing, "test 3"),
        other => unexpected("testMultiException(success)", other),
    }
}

/// A server that answered a oneway call would be one reply ahead from here on.
async fn oneway(client: &ThriftTestClient) -> Outcome {
    client.test_oneway(1).await?;
    require_equal("testI32", client.test_i32(-1).await?, -1)
}

fn require_equal<A: PartialEq<B> + Debug, B: Debug>(what: &str, found: A, wanted: B) -> Outcome {
    require(found == wanted, || {
        format!("{what}: wanted {wanted:?}, got {found:?}")
    })
}

fn require(condition: bool, problem: impl FnOnce() -> String) -> Outcome {
    if condition {
        Ok(())
    } else {
        Err(Problem(problem()))
    }
}

fn unexpected(what: &str, found: impl Debug) -> Outcome {
    Err(Problem(format!("{what}: got {found:?}")))
}

/// Exit code when nothing could be tried.
pub(crate) const UNKNOWN: u8 = 64;
