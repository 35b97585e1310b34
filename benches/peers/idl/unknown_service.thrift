// A client of a service that no echo server carries.
namespace go unknown_service
namespace py unknown_service

service Stranger {
    string Missing(1: string text)
}
