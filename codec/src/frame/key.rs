//! The keys of a header's info. WIRE.md §5.
//!
//! Numbers are keys of [`Info::int`](crate::frame::Info::int), texts of [`Info::string`](crate::frame::Info::string).

/// Version of the mesh.
pub const MESH_VERSION: u16 = 0;
/// How the payload is framed: `framed` or `unframed`.
pub const TRANSPORT_TYPE: u16 = 1;
/// Id that ties the log lines of a request together.
pub const LOG_ID: u16 = 2;
/// Name of the calling service.
pub const FROM_SERVICE: u16 = 3;
/// Cluster of the calling service.
pub const FROM_CLUSTER: u16 = 4;
/// Data centre of the calling service.
pub const FROM_IDC: u16 = 5;
/// Name of the called service, as it is known to discovery.
pub const TO_SERVICE: u16 = 6;
/// Cluster of the called service.
pub const TO_CLUSTER: u16 = 7;
/// Data centre of the called service.
pub const TO_IDC: u16 = 8;
/// The called method.
pub const TO_METHOD: u16 = 9;
/// Environment.
pub const ENV: u16 = 10;
/// Address to call.
pub const DEST_ADDRESS: u16 = 11;
/// How long the caller waits for an answer, decimal milliseconds.
pub const RPC_TIMEOUT: u16 = 12;
/// How long the caller waits for bytes.
pub const READ_TIMEOUT: u16 = 13;
/// Key of consistent hashing.
pub const RING_HASH_KEY: u16 = 14;
/// Tag of request routing.
pub const DDP_TAG: u16 = 15;
/// Whether a mesh header follows.
pub const WITH_MESH_HEADER: u16 = 16;
/// How long the caller waits for a connection, decimal milliseconds.
pub const CONNECT_TIMEOUT: u16 = 17;
/// Context of a trace.
pub const SPAN_CONTEXT: u16 = 18;
/// The connection is for one call.
pub const SHORT_CONNECTION: u16 = 19;
/// The calling method.
pub const FROM_METHOD: u16 = 20;
/// Mark of a stress test.
pub const STRESS_TAG: u16 = 21;
/// Kind of the message, decimal.
pub const MESSAGE_TYPE: u16 = 22;
/// Content type of an HTTP payload.
pub const HTTP_CONTENT_TYPE: u16 = 23;
/// Key of consistent hashing, before it was hashed.
pub const RAW_RING_HASH_KEY: u16 = 24;
/// Way of load balancing.
pub const LOAD_BALANCE_TYPE: u16 = 25;
/// Shard of the cluster.
pub const CLUSTER_SHARD_ID: u16 = 26;
/// Kind of a stream's frame.
pub const FRAME_TYPE: u16 = 27;

/// Name of the called service, as it is in the IDL.
pub const SERVICE: &str = "isn";
/// Address of the caller, told by a proxy.
pub const REMOTE_ADDRESS: &str = "rip";
/// Cluster of the called service.
pub const STRING_TO_CLUSTER: &str = "tc";
/// Data centre of the called service.
pub const STRING_TO_IDC: &str = "ti";
/// The server wants the connection closed after this answer: `1`.
pub const CONNECTION_RESET: &str = "crrst";
/// When the server began to work on the call.
pub const PROCESS_AT_TIME: &str = "K_ProcessAtTime";
/// Checksum of the payload: 8 hexadecimal digits, [`crc32c`](crate::crc32c).
pub const CRC32C: &str = "crc32c";
/// Prefix of checksums of the application's own.
pub const PAYLOAD_VALIDATOR: &str = "PV_";
/// Path of a stream's cancellation.
pub const STREAM_CANCEL_PATH: &str = "ttscp";
/// Status that the business logic set, decimal; absent or 0 is none.
pub const BIZ_STATUS: &str = "biz-status";
/// Text to that status.
pub const BIZ_MESSAGE: &str = "biz-message";
/// More to that status: a JSON object of texts.
pub const BIZ_EXTRA: &str = "biz-extra";
/// As which key the token of an info block of type 0x11 is found.
pub const ACL_TOKEN: &str = "RPC_TRANSIT_gdpr-token";
