//! Generated code at work: every golden file compiles, and its values survive the wire in both protocols.

use std::fmt::Debug;

use codec::thrift::{Decode, Encode, Protocol};
use codec::{Bin, IntoOwned, Limits, Map, Set, Str};
use netpoll_buffer::{LinkBuffer, Pool, PoolConfig};

use crate::generated;
use crate::generated::constants::constants;
use crate::generated::names::names::r#type as names;
use crate::generated::recursive::recursive;
use crate::generated::service::service;
use crate::generated::types::types;
use crate::generated::unions::unions;

/// The bytes of a value.
pub(crate) fn encode(value: &impl Encode, protocol: Protocol) -> Vec<u8> {
    let pool = Pool::new(PoolConfig::default());
    let mut buffer = LinkBuffer::new();
    let mut writer = buffer.writer(&pool);
    protocol.encode(value, &mut writer);
    writer.finish();
    buffer.chunks().flatten().copied().collect()
}

/// Encodes, decodes, compares; also every shorter input is an error and no panic.
macro_rules! assert_round_trip {
    ($ty:ty, $value:expr) => {{
        let value: $ty = $value;
        assert_wire!($ty, value);
        assert_eq!(IntoOwned::into_owned(value.clone()), value);
    }};
}

/// As `assert_round_trip`, for what has no `into_owned`.
macro_rules! assert_wire {
    ($ty:ty, $value:expr) => {{
        let value: &$ty = &$value;
        for protocol in [Protocol::Binary, Protocol::Compact] {
            let bytes = encode(value, protocol);
            let decoded: $ty = protocol
                .decode(&bytes, &Limits::default())
                .expect("own bytes");
            assert_eq!(&decoded, value, "{protocol:?}");
            assert_no_prefix::<$ty>(&bytes, protocol);
        }
    }};
}

fn assert_no_prefix<'a, T: Decode<'a> + Debug>(bytes: &'a [u8], protocol: Protocol) {
    for end in 0..bytes.len() {
        let decoded = protocol.decode::<T>(&bytes[..end], &Limits::default());
        assert!(
            decoded.is_err(),
            "{end} of {} bytes: {decoded:?}",
            bytes.len()
        );
    }
}

pub(crate) fn scalars() -> types::Scalars<'static> {
    types::Scalars {
        flag: true,
        small: -1,
        also_small: i8::MIN,
        medium: i16::MIN,
        large: i32::MAX,
        huge: i64::MIN,
        real: -0.5,
        text: "kittiwake ▲".into(),
        bytes: Bin::from(&b"\0\xff"[..]),
        uuid: *b"0123456789abcdef",
        bird: types::Bird::GREAT_AUK,
        id: 1 << 40,
    }
}

#[test]
fn scalars_of_every_type() {
    assert_round_trip!(types::Scalars<'_>, scalars());
    assert_round_trip!(types::Scalars<'_>, types::Scalars::default());
    assert_round_trip!(types::Empty, types::Empty {});
}

pub(crate) fn required() -> types::Required<'static> {
    types::Required {
        flag: true,
        number: 3,
        text: Str::Owned("owned".to_owned()),
        bytes: Bin::from(vec![1, 2]),
        numbers: vec![1, -1],
        scalars: scalars(),
        bird: types::Bird(77),
        uuid: [9; 16],
    }
}

pub(crate) fn optional() -> types::Optional<'static> {
    types::Optional {
        flag: Some(false),
        number: Some(0),
        text: Some("".into()),
        bytes: Some(Bin::default()),
        numbers: Some(Vec::new()),
        scalars: Some(scalars()),
        bird: Some(types::Bird::KITTIWAKE),
        uuid: Some([0; 16]),
        empty: Some(types::Empty {}),
    }
}

#[test]
fn required_and_optional_fields() {
    assert_round_trip!(types::Required<'_>, required());
    assert_round_trip!(types::Optional<'_>, types::Optional::default());
    assert_round_trip!(types::Optional<'_>, optional());
}

#[test]
fn containers_in_containers() {
    let containers = types::Containers {
        flags: vec![true, false, true],
        smalls: vec![-1, 0, 1],
        reals: vec![0.0, f64::MAX, f64::INFINITY],
        texts: vec!["a".into(), "".into()],
        blobs: vec![Bin::from(&b"x"[..])],
        structs: vec![scalars(), types::Scalars::default()],
        nested: vec![vec![], vec![vec![1, 2], vec![]]],
        numbers: [i64::MIN, 0].into(),
        words: Set::from([Str::from("w")]),
        birds: Set::from([types::Bird::FULMAR]),
        ages: Map::from([(Str::from("a"), 1), (Str::from("b"), 2)]),
        names: Map::from([(1, Str::from("one"))]),
        flocks: Map::from([(types::Bird::FULMAR, vec![scalars()])]),
        deep: Map::from([(
            vec![1, 2],
            Map::from([(Str::from("k"), Set::from([Bin::from(&b"v"[..])]))]),
        )]),
        aliased: vec!["name".into()],
        index: Map::from([(Str::from("i"), vec![vec![Str::from("x")]])]),
        uuids: vec![[1; 16], [2; 16]],
        flips: Map::from([(true, false), (false, true)]),
    };
    assert_round_trip!(types::Containers<'_>, containers);
    assert_round_trip!(types::Containers<'_>, types::Containers::default());
}

#[test]
fn ids_far_apart() {
    let ids = types::Ids {
        far: 1,
        first: 2,
        last: 3,
        automatic: 4,
        also_automatic: 5,
    };
    assert_round_trip!(types::Ids, ids);
}

#[test]
fn defaults_are_those_of_the_idl() {
    let defaults = types::Defaults::default();
    assert!(defaults.flag);
    assert_eq!((defaults.number, defaults.real), (-7, 1000.0));
    assert_eq!(defaults.text, "a \"quoted\" text");
    assert_eq!(&defaults.bytes[..], b"bytes");
    assert_eq!(defaults.bird, types::Bird::GREAT_AUK);
    assert_eq!(defaults.numbers, [1, 2, 3]);
    assert_eq!(defaults.birds.get("two"), Some(&types::Bird::GREAT_AUK));
    assert_eq!((defaults.maybe, defaults.id), (Some(5), Some(77)));
    assert_eq!(defaults.words.as_ref().map(Vec::len), Some(2));
    assert_eq!(
        (defaults.scalars.large, &*defaults.scalars.text),
        (9, "inner")
    );
    assert_eq!(defaults.needed, "needed");
    assert_eq!(defaults.uuid[..3], [0x00, 0x11, 0x22]);
    assert_round_trip!(types::Defaults<'_>, types::Defaults::default());
}

#[test]
fn exceptions() {
    let lost = types::Lost {
        message: "at sea".into(),
        code: 4,
    };
    assert_eq!(lost.to_string(), "Lost: at sea");
    assert_round_trip!(types::Lost<'_>, lost);
    assert_eq!(types::Maybe { msg: None }.to_string(), "Maybe");
    assert_eq!(types::Silent { code: 1 }.to_string(), "Silent { code: 1 }");
    fn is_error<E: std::error::Error>(_: &E) {}
    is_error(&types::Maybe::default());
}

#[test]
fn enums_are_open_and_print_their_names() {
    use types::Bird;

    assert_eq!(Bird::KITTIWAKE.name(), Some("KITTIWAKE"));
    assert_eq!(Bird::GULL, Bird::KITTIWAKE);
    assert_eq!(
        format!("{:?} {}", Bird::FULMAR, Bird::GREAT_AUK),
        "fulmar GreatAuk"
    );
    assert_eq!(format!("{:?} {}", Bird(7), Bird(7)), "Bird(7) 7");
    assert_eq!("GreatAuk".parse(), Ok(Bird::GREAT_AUK));
    assert!("Dodo".parse::<Bird>().is_err());
    assert_eq!(Bird::try_from(2), Ok(Bird::FULMAR));
    assert_eq!(Bird::try_from(7), Err(7));
    assert_eq!(Bird::default(), Bird(0));
}

#[test]
fn unions_have_one_member() {
    use unions::{Built, Holder, Plain, Shape};

    assert_round_trip!(Shape<'_>, Shape::Circle(1.5));
    assert_round_trip!(
        Shape<'_>,
        Shape::Polygon(vec![unions::Point { x: 1.0, y: 2.0 }])
    );
    assert_round_trip!(
        Shape<'_>,
        Shape::Twice(Box::new(Shape::Named("inner".into())))
    );
    assert_round_trip!(Shape<'_>, Shape::Automatic(-1));
    assert_round_trip!(Plain, Plain::Owned(true));
    let holder = Holder {
        implicit: None,
        required_one: Plain::Unknown(5),
        optional_one: Some(Shape::Circle(0.0)),
        many: vec![Plain::Number(1), Plain::Owned(false)],
    };
    assert_round_trip!(Holder<'_>, holder);
    assert_eq!(Shape::default(), Shape::Unknown(0));
    assert_eq!(Plain::default(), Plain::Number(4));
    assert_eq!(Built::default(), Built::Words(vec!["default".into()]));
}

#[test]
fn recursive_values() {
    use recursive::{Alias, Built, Cause, Chain, Ping, Pong, Tree};

    let leaf = |label: &'static str| Tree {
        children: Vec::new(),
        label: label.into(),
    };
    let tree = Tree {
        children: vec![leaf("a"), leaf("b")],
        label: "root".into(),
    };
    assert_round_trip!(Tree<'_>, tree);
    let chain = (0..20).fold(Chain::default(), |next, value| Chain {
        value,
        next: Some(Box::new(next)),
    });
    assert_round_trip!(Chain, chain);
    let ping = Ping {
        pong: Some(Box::new(Pong {
            ping: Some(Box::default()),
        })),
        count: 1,
    };
    assert_round_trip!(Ping, ping);
    let cause = Cause {
        message: "outer".into(),
        cause: Some(Box::new(Cause {
            message: "inner".into(),
            cause: None,
        })),
    };
    assert_round_trip!(Cause<'_>, cause);
    assert_round_trip!(Alias, Alias::default());
    let built = Built::default().alias.expect("the idl's default");
    assert_eq!(built.by_number.len(), 1);
}

#[test]
fn constants_have_their_values() {
    use generated::constants::types::Bird;

    assert_eq!((constants::YES, constants::NO), (true, false));
    assert_eq!((constants::HEX, constants::NEGATIVE_HEX), (i32::MAX, -16));
    assert_eq!((constants::SMALLEST, constants::WHOLE), (i64::MIN, 12.0));
    assert!(constants::ENDLESS.is_infinite());
    assert_eq!(
        constants::TEXT,
        "a 'text' with \"quotes\", a \\ and a line\nbreak"
    );
    assert_eq!(constants::BYTES, b"bytes \t");
    assert_eq!(constants::ID[14..], [0xee, 0xff]);
    assert_eq!(
        (constants::FAVOURITE, constants::BY_NUMBER),
        (Bird::KITTIWAKE, Bird::FULMAR)
    );
    assert_eq!(
        (constants::AGAIN, constants::AS_NUMBER),
        (Bird::KITTIWAKE, 16)
    );
    assert_eq!(*constants::LIST, [1, 2, 3]);
    assert_eq!(
        *constants::SET,
        Set::from([Str::from("one"), Str::from("two")])
    );
    assert_eq!(constants::MAP.get("a"), Some(&vec![1, i32::MAX]));
    assert!(constants::EMPTY.is_empty());
    assert_eq!(constants::STRUCT.text, constants::TEXT);
    let first = constants::STRUCTS
        .get(&Bird::KITTIWAKE)
        .expect("the idl has it");
    assert_eq!(first.scalars.as_ref().map(|scalars| scalars.id), Some(3));
    assert_eq!(*constants::UNION, constants::Choice::Text("chosen".into()));
    assert_eq!(constants::WORDS.len(), 2);
}

#[test]
fn names_that_rust_or_generated_code_has() {
    let keywords = names::Keywords {
        r#type: 1,
        self_: 2,
        r#gen: 3,
        ..Default::default()
    };
    assert_round_trip!(names::Keywords, keywords);
    let locals = names::Locals {
        r: 1,
        w: 2,
        field: 3,
        value: "v".into(),
        ..Default::default()
    };
    assert_round_trip!(names::Locals<'_>, locals);
    assert_round_trip!(names::ThriftWords<'_>, names::ThriftWords::default());
    assert_round_trip!(names::Collisions, names::Collisions::default());
    assert_round_trip!(names::Str<'_>, names::Str::default());
    assert_round_trip!(names::Err, names::Err::SOME);
    assert_round_trip!(names::None<'_>, names::None::Owned(5));
    assert_round_trip!(names::Result<'_>, names::Result::default());
    assert_eq!(names::Result::default().ok.text, "fine");
    assert_eq!((names::ONE_, names::ONE__), (1, 2));
}

#[test]
fn arguments_sent_are_arguments_received() {
    let request = service::Request {
        text: "keep".into(),
        base: None,
    };
    let sent = encode(
        &service::StorePutCall { request: &request },
        Protocol::Binary,
    );
    let received: service::StorePutArgs<'_> = Protocol::Binary
        .decode(&sent, &Limits::default())
        .expect("own bytes");
    assert_eq!(received.request, request);

    let replies = Map::from([(Str::from("r"), service::Reply::default())]);
    let call = service::StoreCountCall {
        prefix: b"p",
        names: &["n".into()],
        ids: &Set::from([7]),
        replies: &replies,
    };
    let sent = encode(&call, Protocol::Compact);
    let received: service::StoreCountArgs<'_> = Protocol::Compact
        .decode(&sent, &Limits::default())
        .expect("own bytes");
    assert_eq!((&received.prefix[..], received.ids.len()), (&b"p"[..], 1));
    assert_eq!(
        (&received.names, &received.replies),
        (&vec!["n".into()], &replies)
    );

    let none: service::StoreAllArgs = Protocol::Binary
        .decode(&[0], &Limits::default())
        .expect("no field is fine");
    assert_eq!(none.limit, 10);
}

#[test]
fn outcomes_are_a_value_or_a_declared_exception() {
    use generated::service::shared::base::Denied;
    use service::{
        StoreCheckError, StoreCheckResult, StoreTextError, StoreTextResult, StoreTwiceError,
    };

    assert_wire!(
        service::StorePutResult<'_>,
        service::StorePutResult::Success(service::Reply::default())
    );
    assert_wire!(
        service::StoreClearResult,
        service::StoreClearResult::Success
    );
    let denied = StoreTextResult::new(Err(Denied::default().into())).expect("it is declared");
    assert_eq!(denied, StoreTextResult::Denied(Denied::default()));
    assert!(matches!(
        denied.clone().into_result(),
        Err(StoreTextError::Denied(_))
    ));
    assert_wire!(StoreTextResult<'_>, denied);
    let full = service::Full { limit: 3 };
    assert_wire!(StoreCheckResult, StoreCheckResult::Full(full.clone()));
    let status = StoreCheckResult::new(Err(rpc::Status::new("else").into()))
        .expect_err("it is not declared");
    assert_eq!(status.message(), "else");
    assert_eq!(
        StoreCheckError::from(full.clone()).to_string(),
        "Full { limit: 3 }"
    );
    // Of two of one type, `?` makes the first.
    assert!(matches!(
        StoreTwiceError::from(full),
        StoreTwiceError::First(_)
    ));
    let empty = Protocol::Binary.decode::<StoreTextResult<'_>>(&[0], &Limits::default());
    let error = empty.expect_err("a value is due").to_string();
    assert!(error.contains("Store.text.success"), "{error}");
}

#[test]
fn descriptors_list_the_methods() {
    use rpc::Describe;

    let methods: Vec<_> = service::STORE
        .methods
        .iter()
        .map(|method| (method.name, method.oneway))
        .collect();
    assert_eq!(
        methods[..3],
        [("put", false), ("clear", false), ("forget", true)]
    );
    assert_eq!(
        methods[methods.len() - 2..],
        [("ping", false), ("version", false)]
    );
    assert!(methods.iter().all(|(name, _)| *name != "watch"));
    assert!(service::EMPTY.methods.is_empty());

    #[derive(Debug)]
    struct Handler;
    impl service::Empty for Handler {}
    assert_eq!(
        <service::EmptyServer<Handler> as Describe>::descriptor().name,
        "Empty"
    );
    let _ = service::EmptyServer::new(Handler);
}
