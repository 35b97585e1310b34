//! Frames: whatever is parsed can be written again and means the same.

use codec::{
    frame::{Frame, Outgoing, key},
    thrift::MessageKind,
};
use netpoll_buffer::{LinkBuffer, Pool, PoolConfig};

use super::limits;

/// Parses a frame, writes it, and parses that.
pub fn frame(input: &[u8]) {
    let limits = limits();
    let Ok(frame) = Frame::parse(input, &limits) else {
        return;
    };
    let info = frame.info();
    let _ = (info.service(), info.timeout_ms(), frame.check_crc32c());
    let _ = (info.metainfo().count(), frame.payload().len());
    assert_eq!(&input[frame.head.name_range()], frame.name().as_bytes());

    let text = |bytes| str::from_utf8(bytes).ok();
    let strings = info
        .strings()
        .map(|(key, value)| Some((text(key)?, text(value)?)));
    let ints = info.ints().map(|(key, value)| Some((key, text(value)?)));
    let strings: Option<Vec<_>> = strings.collect();
    let ints: Option<Vec<_>> = ints.collect();
    let (Some(strings), Some(ints)) = (strings, ints) else {
        return;
    };
    if let MessageKind::Unknown(_) = frame.head.kind {
        // The compact protocol has three bits for it.
        return;
    }

    let pool = Pool::new(PoolConfig::default());
    let mut output = LinkBuffer::new();
    let mut w = output.writer(&pool);
    let outgoing = Outgoing::answer(&frame, frame.head.kind);
    let (all, numbers) = (strings.iter().copied(), ints.iter().copied());
    let Ok(writer) = outgoing.begin_with(&mut w, &limits, None, all, numbers) else {
        return;
    };
    w.put_slice(frame.payload());
    if writer.finish(&mut w, &limits).is_err() {
        return;
    }
    w.finish();
    let bytes = output.take(output.len(), &pool).unwrap_or_default();
    let again = Frame::parse(&bytes, &limits).expect("what was written");
    assert_eq!(again.name(), frame.name());
    assert_eq!(again.payload(), frame.payload());
    assert_eq!(again.head.framing, frame.head.framing);
    assert_eq!(again.head.format, frame.head.format);
    assert_eq!(
        (again.head.kind, again.head.seq_id),
        (frame.head.kind, frame.head.seq_id)
    );
    if frame.head.framing.has_ttheader() {
        assert_eq!(again.head.header_seq_id, frame.head.header_seq_id);
        assert_eq!(again.info().service(), info.service());
        assert!(again.info().strings().eq(info.strings()));
        assert!(again.info().ints().eq(info.ints()));
        assert_eq!(
            again.info().string(key::ACL_TOKEN),
            info.string(key::ACL_TOKEN)
        );
    }
}
