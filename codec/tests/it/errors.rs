//! Errors: their numbers stay, and they say what is wrong.

use codec::{DecodeError, ErrorKind, Limits, frame::Form, thrift::Protocol};

use crate::{golden::golden, hex, scan};

#[test]
fn the_numbers_of_kinds_do_not_change() {
    let kinds = [
        (ErrorKind::UnexpectedEnd, 1),
        (ErrorKind::FrameTooLarge, 2),
        (ErrorKind::HeaderTooLarge, 3),
        (ErrorKind::StringTooLong, 4),
        (ErrorKind::TooDeep, 5),
        (ErrorKind::TooManyElements, 6),
        (ErrorKind::ElementsOverInput, 7),
        (ErrorKind::NegativeSize, 8),
        (ErrorKind::InvalidUtf8, 9),
        (ErrorKind::InvalidType, 10),
        (ErrorKind::ElementType, 11),
        (ErrorKind::MissingField, 12),
        (ErrorKind::InvalidUnion, 13),
        (ErrorKind::InvalidVarint, 14),
        (ErrorKind::BadVersion, 15),
        (ErrorKind::Unversioned, 16),
        (ErrorKind::UnknownProtocol, 17),
        (ErrorKind::Http2, 18),
        (ErrorKind::Streaming, 19),
        (ErrorKind::UnsupportedProtocolId, 20),
        (ErrorKind::InvalidHeaderSize, 21),
        (ErrorKind::UnknownInfoBlock, 22),
        (ErrorKind::LengthMismatch, 23),
        (ErrorKind::InvalidNumber, 24),
        (ErrorKind::ChecksumMismatch, 25),
    ];
    for (kind, number) in kinds {
        assert_eq!(kind as u8, number);
    }
}

#[test]
fn errors_of_generated_code_name_the_field() {
    let missing = DecodeError::missing_field("Request.message");
    assert_eq!(
        missing.to_string(),
        "required field Request.message is missing"
    );
    assert_eq!((missing.number(), missing.form()), (12, None));
    let union = DecodeError::invalid_union("Shape");
    assert_eq!(
        union.to_string(),
        "union Shape needs exactly one field that is known here"
    );
    let framed = union.clone().in_form(Form::Framed);
    assert_eq!(framed.form(), Some(Form::Framed));
    assert!(format!("{union:?}").starts_with("DecodeError(InvalidUnion: union Shape"));
}

#[test]
fn errors_map_to_the_numbers_that_peers_know() {
    let check = |bytes: &[u8], protocol_id: i32, application_id: i32| {
        let error = scan(bytes, &Limits::default()).expect_err("no frame");
        assert_eq!(error.protocol_exception_id(), protocol_id, "{error}");
        assert_eq!(error.application_exception_id(), application_id, "{error}");
    };
    check(b"nonsense", 1, 7);
    check(b"PRI * HTTP/2.0", 5, 9);
    check(&hex("00000004 6563686f"), 4, 9);
    check(&hex("7fffffff 80010001"), 3, 7);
    check(&hex("80010001 ffffffff"), 2, 7);
}

#[test]
fn an_error_tells_whether_there_is_a_call_to_answer() {
    let bytes = golden("framed");
    let cut = Protocol::Binary.decode::<Vec<i32>>(&bytes[20..], &Limits::default());
    assert_eq!(cut.expect_err("no list").form(), None);
    let garbled = scan(b"nonsense", &Limits::default());
    assert_eq!(garbled.expect_err("no frame").form(), Some(Form::Unknown));
}
