//! The server: what Apache's test servers answer, in every language.

use std::time::Duration;

use clap::Args;
use codec::{Bin, Map, Set, Str};
use examples::thrift_test::{
    Insanity, Numberz, SecondService, SecondServiceServer, ThriftTest, ThriftTestServer,
    ThriftTestTestExceptionError, ThriftTestTestMultiExceptionError, UserId, Xception, Xception2,
    Xtruct, Xtruct2,
};
use rpc::{Config, Context, Server, Status, Transport};

use crate::{Common, samples};

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    common: Common,
    /// What carries the bytes: netpoll or std.
    #[arg(long, default_value_t = Transport::Netpoll)]
    server_type: Transport,
}

/// Serves until a signal ends it.
pub(crate) fn run(options: Options) -> anyhow::Result<()> {
    let server = Server::builder()
        .service(|| ThriftTestServer::new(Handler))
        .service(|| SecondServiceServer::new(Handler))
        .build()?;
    let config = Config {
        transport: options.server_type,
        cores: 1,
        driver: options.common.driver,
        ..Config::listen(options.common.address())
    };
    server.run_with(&config, |running| {
        println!(
            "listening on {} {}",
            running.addresses()[0],
            running.describe()
        );
    })?;
    Ok(())
}

struct Handler;

impl ThriftTest for Handler {
    async fn test_void(&self, _cx: &mut Context) -> Result<(), Status> {
        Ok(())
    }

    async fn test_string<'a>(&self, _cx: &mut Context, thing: Str<'a>) -> Result<Str<'a>, Status> {
        Ok(thing)
    }

    async fn test_bool(&self, _cx: &mut Context, thing: bool) -> Result<bool, Status> {
        Ok(thing)
    }

    async fn test_byte(&self, _cx: &mut Context, thing: i8) -> Result<i8, Status> {
        Ok(thing)
    }

    async fn test_i32(&self, _cx: &mut Context, thing: i32) -> Result<i32, Status> {
        Ok(thing)
    }

    async fn test_i64(&self, _cx: &mut Context, thing: i64) -> Result<i64, Status> {
        Ok(thing)
    }

    async fn test_double(&self, _cx: &mut Context, thing: f64) -> Result<f64, Status> {
        Ok(thing)
    }

    async fn test_binary<'a>(&self, _cx: &mut Context, thing: Bin<'a>) -> Result<Bin<'a>, Status> {
        Ok(thing)
    }

    async fn test_struct<'a>(
        &self,
        _cx: &mut Context,
        thing: Xtruct<'a>,
    ) -> Result<Xtruct<'a>, Status> {
        Ok(thing)
    }

    async fn test_nest<'a>(
        &self,
        _cx: &mut Context,
        thing: Xtruct2<'a>,
    ) -> Result<Xtruct2<'a>, Status> {
        Ok(thing)
    }

    async fn test_map(
        &self,
        _cx: &mut Context,
        thing: Map<i32, i32>,
    ) -> Result<Map<i32, i32>, Status> {
        Ok(thing)
    }

    async fn test_string_map<'a>(
        &self,
        _cx: &mut Context,
        thing: Map<Str<'a>, Str<'a>>,
    ) -> Result<Map<Str<'a>, Str<'a>>, Status> {
        Ok(thing)
    }

    async fn test_set(&self, _cx: &mut Context, thing: Set<i32>) -> Result<Set<i32>, Status> {
        Ok(thing)
    }

    async fn test_list(&self, _cx: &mut Context, thing: Vec<i32>) -> Result<Vec<i32>, Status> {
        Ok(thing)
    }

    async fn test_enum(&self, _cx: &mut Context, thing: Numberz) -> Result<Numberz, Status> {
        Ok(thing)
    }

    async fn test_typedef(&self, _cx: &mut Context, thing: UserId) -> Result<UserId, Status> {
        Ok(thing)
    }

    async fn test_map_map(
        &self,
        _cx: &mut Context,
        _hello: i32,
    ) -> Result<Map<i32, Map<i32, i32>>, Status> {
        Ok(samples::map_map())
    }

    async fn test_insanity<'a>(
        &self,
        _cx: &mut Context,
        argument: Insanity<'a>,
    ) -> Result<Map<UserId, Map<Numberz, Insanity<'a>>>, Status> {
        Ok(samples::insanities(argument))
    }

    async fn test_multi<'a>(
        &self,
        _cx: &mut Context,
        arg0: i8,
        arg1: i32,
        arg2: i64,
        _arg3: Map<i16, Str<'a>>,
        _arg4: Numberz,
        _arg5: UserId,
    ) -> Result<Xtruct<'a>, Status> {
        Ok(samples::xtruct("Hello2", arg0, arg1, arg2))
    }

    async fn test_exception<'a>(
        &self,
        _cx: &mut Context,
        arg: Str<'a>,
    ) -> Result<(), ThriftTestTestExceptionError<'a>> {
        match &*arg {
            "Xception" => Err(xception(arg).into()),
            "TException" => Err(Status::new("failed as asked").into()),
            _ => Ok(()),
        }
    }

    async fn test_multi_exception<'a>(
        &self,
        _cx: &mut Context,
        arg0: Str<'a>,
        arg1: Str<'a>,
    ) -> Result<Xtruct<'a>, ThriftTestTestMultiExceptionError<'a>> {
        let with = |text| Xtruct {
            string_thing: text,
            ..Xtruct::default()
        };
        match &*arg0 {
            "Xception" => Err(xception("This is an Xception".into()).into()),
            "Xception2" => Err(Xception2 {
                error_code: 2002,
                struct_thing: with("This is an Xception2".into()),
            }
            .into()),
            _ => Ok(with(arg1)),
        }
    }

    async fn test_oneway(&self, _cx: &mut Context, seconds_to_sleep: i32) -> Result<(), Status> {
        let seconds = u64::try_from(seconds_to_sleep).unwrap_or(0);
        rpc::time::sleep(Duration::from_secs(seconds.min(SLEEP_SECONDS_MAX))).await;
        Ok(())
    }
}

impl SecondService for Handler {
    async fn secondtest_string<'a>(
        &self,
        _cx: &mut Context,
        thing: Str<'a>,
    ) -> Result<Str<'a>, Status> {
        Ok(format!("testString(\"{thing}\")").into())
    }
}

fn xception(message: Str<'_>) -> Xception<'_> {
    Xception {
        error_code: 1001,
        message,
    }
}

/// Nobody tests with more.
const SLEEP_SECONDS_MAX: u64 = 60;
