// A client that believes EchoServer has one method more than it has.
namespace go unknown_method
namespace py unknown_method

service EchoServer {
    string Missing(1: string text)
}
