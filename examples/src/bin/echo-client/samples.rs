//! Requests whose contents are worth checking.

use examples::echo::{ComplexRequest, ComplexResponse, Message, SubMessage};

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
