// The echo service of Kitex's own benchmark, so that its clients and servers can be measured against these.

namespace go echo
namespace rs echo

/** A text to be sent back. */
struct Request {
    /** What to do with the message. */
    1: required string action,
    /** The text. */
    2: required string msg,
}

/** The text of a request. */
struct Response {
    /** What was done. */
    1: required string action,
    /** The text. */
    2: required string msg,
}

/** A numbered text. */
struct SubMessage {
    1: optional i64 id,
    2: optional string value,
}

/** A numbered text with others inside. */
struct Message {
    1: optional i64 id,
    2: optional string value,
    3: optional list<SubMessage> subMessages,
}

/** One field of every kind that costs something. */
struct ComplexRequest {
    1: required string action,
    2: required string msg,
    3: required map<string, SubMessage> msgMap,
    4: required list<SubMessage> subMsgs,
    5: optional set<Message> msgSet,
    6: required Message flagMsg,
    /** How long the server pretends to work, such as `5ms`. */
    7: optional string mockCost,
}

/** The fields of a complex request. */
struct ComplexResponse {
    1: required string action,
    2: required string msg,
    3: required map<string, SubMessage> msgMap,
    4: required list<SubMessage> subMsgs,
    5: optional set<Message> msgSet,
    6: required Message flagMsg,
}

/** Sends back what it gets. */
service EchoServer {
    /** A short text. */
    Response Echo(1: Request req),
    /** A message with nested parts. */
    ComplexResponse EchoComplex(1: ComplexRequest req),
}
