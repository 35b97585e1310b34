//! Answers protobuf's conformance runner: decodes what it sends, encodes it again.
//!
//! The runner starts this program and asks over its standard input: a length, little endian, and a request; the answer goes to
//! the standard output in the same form. JSON and text are not spoken here, so these cases are answered as skipped.

use std::io::{self, Read, Write};

use codec::protobuf::{Decode, Encode};
use codec::{Bin, DecodeError, Limits};
use conformance::conformance_request::Payload;
use conformance::conformance_response::Result as Outcome;
use conformance::{ConformanceRequest, ConformanceResponse, WireFormat};
use protobuf_test_messages::proto2::TestAllTypesProto2;
use protobuf_test_messages::proto3::TestAllTypesProto3;

include!(concat!(env!("OUT_DIR"), "/conformance.rs"));

fn main() -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let mut bytes = Vec::new();
    while read(&mut input, &mut bytes)? {
        let request = ConformanceRequest::decode(&bytes, &Limits::default());
        let request = request.map_err(io::Error::other)?;
        let response = ConformanceResponse {
            result: Some(answer(&request)),
            ..ConformanceResponse::default()
        };
        let response = response.to_vec();
        let len = u32::try_from(response.len()).map_err(io::Error::other)?;
        output.write_all(&len.to_le_bytes())?;
        output.write_all(&response)?;
        output.flush()?;
    }
    Ok(())
}

/// Reads a request; false at the end.
fn read(input: &mut impl Read, bytes: &mut Vec<u8>) -> io::Result<bool> {
    let mut len = [0; 4];
    match input.read_exact(&mut len) {
        Err(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
        result => result?,
    }
    let len = u64::from(u32::from_le_bytes(len));
    bytes.clear();
    input.take(len).read_to_end(bytes)?;
    Ok(bytes.len() as u64 == len)
}

fn answer(request: &ConformanceRequest<'_>) -> Outcome<'static> {
    let Some(Payload::ProtobufPayload(payload)) = &request.payload else {
        return Outcome::Skipped("only binary input is read".into());
    };
    if request.requested_output_format != WireFormat::PROTOBUF {
        return Outcome::Skipped("only binary output is written".into());
    }
    let echoed = match request.message_type.as_str() {
        "conformance.FailureSet" => Ok(Vec::new()),
        "protobuf_test_messages.proto2.TestAllTypesProto2" => {
            echo::<TestAllTypesProto2<'_>>(payload)
        }
        "protobuf_test_messages.proto3.TestAllTypesProto3" => {
            echo::<TestAllTypesProto3<'_>>(payload)
        }
        other => return Outcome::Skipped(format!("no message is called {other}").into()),
    };
    match echoed {
        Ok(bytes) => Outcome::ProtobufPayload(Bin::Owned(bytes)),
        Err(error) => Outcome::ParseError(error.to_string().into()),
    }
}

fn echo<'a, T: Decode<'a> + Encode>(payload: &'a [u8]) -> Result<Vec<u8>, DecodeError> {
    T::decode(payload, &Limits::default()).map(|message| message.to_vec())
}
