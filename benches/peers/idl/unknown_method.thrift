// A client that believes EchoServer has one method more than it has.
namespace go unknown_method
namespace py unknown_method

struct Request {
    1: required string action
    2: required string msg
}

struct Response {
    1: required string action
    2: required string msg
}

service EchoServer {
    Response Echo(1: Request req)
    string Missing(1: string text)
}
