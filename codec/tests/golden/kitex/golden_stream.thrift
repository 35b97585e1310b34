// One method per kind of stream, for the frames of TTHeader streaming.
namespace go golden_stream

struct Note {
    1: required i32 number
    2: required string text
}

service GoldenStream {
    Note Converse(1: Note note) (streaming.mode="bidirectional")
    Note Collect(1: Note note) (streaming.mode="client")
    Note Count(1: Note note) (streaming.mode="server")
}
