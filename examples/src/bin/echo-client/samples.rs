//! Requests whose contents are worth checking.

use examples::echo::{ComplexRequest, ComplexResponse, Message, SubMessage};
use examples::echo_pb::{self, Complex, Note, Subject};

/// Texts that are easily spoilt on the way.
pub(crate) const TEXTS: [&str; 6] = [
    "",
    "a",
    "plain text",
    "gull, Möwe, 海鸥, 🐦",
    "\0 zero, \n newline, \u{feff} mark",
    "\u{10ffff}",
];

/// A request with something in every field.
pub(crate) fn full() -> ComplexRequest<'static> {
    let sub = |id: i64, value: &'static str| SubMessage {
        id: Some(id),
        value: Some(value.into()),
    };
    let message = |id: i64| Message {
        id: Some(id),
        value: Some("within the set".into()),
        sub_messages: Some(vec![sub(i64::MIN, "least"), sub(i64::MAX, "most")]),
    };
    ComplexRequest {
        action: "echo".into(),
        msg: "gull, Möwe, 海鸥, 🐦".into(),
        msg_map: [
            ("one".into(), sub(1, "1")),
            ("".into(), sub(-1, "")),
            ("две".into(), sub(2, "2")),
        ]
        .into_iter()
        .collect(),
        sub_msgs: (0..100).map(|id| sub(id, "within the list")).collect(),
        msg_set: Some([message(1), message(2)].into_iter().collect()),
        flag_msg: message(3),
        mock_cost: None,
    }
}

/// A request with as little as possible.
pub(crate) fn empty() -> ComplexRequest<'static> {
    ComplexRequest::default()
}

/// What is to come back for a request.
pub(crate) fn answer_to(request: ComplexRequest<'static>) -> ComplexResponse<'static> {
    ComplexResponse {
        action: request.action,
        msg: request.msg,
        msg_map: request.msg_map,
        sub_msgs: request.sub_msgs,
        msg_set: request.msg_set,
        flag_msg: request.flag_msg,
    }
}

/// Messages of protobuf: with something in every field, with other ends of them, and with nothing. The field of a oneof is
/// not empty: Kitex's servers do not send one that is.
pub(crate) fn messages() -> [Complex<'static>; 3] {
    let note = |id: i64, text: &'static str| Note {
        id,
        text: text.into(),
        ..Note::default()
    };
    let full = Complex {
        action: "echo".into(),
        yes: true,
        plain: i32::MIN,
        zigzag: i64::MIN,
        natural: u64::MAX,
        fixed: u32::MAX,
        signed: i64::MIN,
        rough: -2.5,
        real: -1e300,
        raw: vec![0, 1, 254, 255].into(),
        subject: Subject::FISH,
        maybe: Some("maybe".into()),
        note: Some(note(1, "gull, Möwe, 海鸥, 🐦")),
        notes: (0..100).map(|id| note(id, "within the list")).collect(),
        numbers: vec![0, 1, -1, i32::MAX, i32::MIN],
        names: vec!["a".into(), "".into(), "ö".into()],
        // One pair each: Kitex's servers send a map in any order.
        notes_by_name: [("two".into(), note(2, ""))].into_iter().collect(),
        subjects: [(-5, Subject::WEATHER)].into_iter().collect(),
        answer: Some(echo_pb::complex::Answer::Text("answer".into())),
        ..Complex::default()
    };
    let other = Complex {
        plain: i32::MAX,
        zigzag: i64::MAX,
        maybe: Some("".into()),
        note: Some(Note::default()),
        subject: Subject(77),
        answer: Some(echo_pb::complex::Answer::Comment(note(3, "comment"))),
        ..Complex::default()
    };
    [full, other, Complex::default()]
}
