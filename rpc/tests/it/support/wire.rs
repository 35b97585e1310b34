//! Frames put together and taken apart byte by byte, so that the tests do not trust the codec they test.

/// A Thrift string field.
pub(crate) fn string_field(id: i16, text: &str) -> Vec<u8> {
    let mut bytes = vec![11];
    bytes.extend(id.to_be_bytes());
    bytes.extend((text.len() as u32).to_be_bytes());
    bytes.extend(text.as_bytes());
    bytes
}

/// The arguments of every method of the test service: a text and a number, then the end of the struct.
pub(crate) fn arguments(text: &str, number: i32) -> Vec<u8> {
    let mut bytes = string_field(1, text);
    bytes.extend([8, 0, 2]);
    bytes.extend(number.to_be_bytes());
    bytes.push(0);
    bytes
}

/// A message in the strict binary protocol.
pub(crate) fn message(kind: u8, method: &str, seq_id: i32, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x80, 1, 0, kind];
    bytes.extend((method.len() as u32).to_be_bytes());
    bytes.extend(method.as_bytes());
    bytes.extend(seq_id.to_be_bytes());
    bytes.extend(body);
    bytes
}

/// A length and a message.
pub(crate) fn framed(message: &[u8]) -> Vec<u8> {
    let mut bytes = (message.len() as u32).to_be_bytes().to_vec();
    bytes.extend(message);
    bytes
}

/// A TTHeader and a payload.
#[derive(Clone, Debug, Default)]
pub(crate) struct TtHeader {
    pub(crate) flags: u16,
    pub(crate) seq_id: i32,
    pub(crate) strings: Vec<(String, String)>,
    pub(crate) integers: Vec<(u16, String)>,
}

impl TtHeader {
    pub(crate) fn to(service: &str) -> TtHeader {
        TtHeader {
            strings: vec![("isn".to_owned(), service.to_owned())],
            ..TtHeader::default()
        }
    }

    pub(crate) fn with_flags(mut self, flags: u16) -> TtHeader {
        self.flags = flags;
        self
    }

    pub(crate) fn with_string(mut self, key: &str, value: &str) -> TtHeader {
        self.strings.push((key.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn with_integer(mut self, key: u16, value: &str) -> TtHeader {
        self.integers.push((key, value.to_owned()));
        self
    }

    /// The frame around `payload`.
    pub(crate) fn frame(&self, payload: &[u8]) -> Vec<u8> {
        let mut info = vec![0, 0];
        if !self.strings.is_empty() {
            info.push(1);
            info.extend((self.strings.len() as u16).to_be_bytes());
            for (key, value) in &self.strings {
                for text in [key, value] {
                    info.extend((text.len() as u16).to_be_bytes());
                    info.extend(text.as_bytes());
                }
            }
        }
        if !self.integers.is_empty() {
            info.push(0x10);
            info.extend((self.integers.len() as u16).to_be_bytes());
            for (key, value) in &self.integers {
                info.extend(key.to_be_bytes());
                info.extend((value.len() as u16).to_be_bytes());
                info.extend(value.as_bytes());
            }
        }
        info.resize(info.len().next_multiple_of(4), 0);
        let mut bytes = ((10 + info.len() + payload.len()) as u32)
            .to_be_bytes()
            .to_vec();
        bytes.extend(0x1000_u16.to_be_bytes());
        bytes.extend(self.flags.to_be_bytes());
        bytes.extend(self.seq_id.to_be_bytes());
        bytes.extend(((info.len() / 4) as u16).to_be_bytes());
        bytes.extend(info);
        bytes.extend(payload);
        bytes
    }

    /// Takes a frame apart: the header and the payload.
    fn parse(frame: &[u8]) -> (TtHeader, &[u8]) {
        let mut cursor = Cursor(&frame[4..]);
        assert_eq!(cursor.u16(), 0x1000);
        let mut header = TtHeader {
            flags: cursor.u16(),
            seq_id: cursor.u32() as i32,
            ..TtHeader::default()
        };
        let info_bytes = usize::from(cursor.u16()) * 4;
        let mut info = Cursor(cursor.take(info_bytes));
        info.take(2);
        while let Some(kind) = info.next() {
            match kind {
                0 => {}
                1 => (0..info.u16()).for_each(|_| header.strings.push((info.text(), info.text()))),
                0x10 => {
                    (0..info.u16()).for_each(|_| header.integers.push((info.u16(), info.text())))
                }
                other => panic!("info block {other}"),
            }
        }
        (header, cursor.0)
    }

    pub(crate) fn string(&self, key: &str) -> Option<&str> {
        self.strings
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn integer(&self, key: u16) -> Option<&str> {
        self.integers
            .iter()
            .find(|(name, _)| *name == key)
            .map(|(_, value)| value.as_str())
    }
}

/// A reply, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) header: Option<TtHeader>,
    pub(crate) is_framed: bool,
    /// In Kitex's protobuf, else in the binary protocol of Thrift.
    pub(crate) is_protobuf: bool,
    pub(crate) kind: u8,
    pub(crate) method: String,
    pub(crate) seq_id: i32,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// Takes a whole frame apart.
    pub(crate) fn parse(frame: &[u8]) -> Reply {
        let (header, payload) = match frame.get(4..6) {
            Some([0x10, 0]) => {
                let (header, payload) = TtHeader::parse(frame);
                (Some(header), payload)
            }
            _ => (None, frame),
        };
        let is_framed = payload[0] != 0x80;
        let mut cursor = Cursor(if is_framed { &payload[4..] } else { payload });
        let is_protobuf = match cursor.u16() {
            0x8001 => false,
            0x9001 => true,
            other => panic!("a message does not begin with {other:#x}"),
        };
        let kind = cursor.u16() as u8;
        let name_bytes = cursor.u32() as usize;
        let method = String::from_utf8(cursor.take(name_bytes).to_vec()).unwrap();
        let seq_id = cursor.u32() as i32;
        Reply {
            header,
            is_framed,
            is_protobuf,
            kind,
            method,
            seq_id,
            body: cursor.0.to_vec(),
        }
    }

    /// The text of a normal reply: field 0 of its struct.
    #[track_caller]
    pub(crate) fn text(&self) -> &str {
        assert_eq!(self.kind, 2, "reply {self:?} is not a normal one");
        let [11, 0, 0, a, b, c, d, text @ .., 0] = &self.body[..] else {
            panic!("no text in {self:?}")
        };
        assert_eq!(u32::from_be_bytes([*a, *b, *c, *d]) as usize, text.len());
        std::str::from_utf8(text).unwrap()
    }

    /// Type id and text of an exception.
    #[track_caller]
    pub(crate) fn exception(&self) -> (i32, String) {
        assert_eq!(self.kind, 3, "reply {self:?} is not an exception");
        let mut cursor = Cursor(&self.body);
        assert_eq!(cursor.take(3), [11, 0, 1]);
        let text_bytes = cursor.u32() as usize;
        let text = String::from_utf8(cursor.take(text_bytes).to_vec()).unwrap();
        assert_eq!(cursor.take(3), [8, 0, 2]);
        let id = cursor.u32() as i32;
        assert_eq!(cursor.0, [0]);
        (id, text)
    }
}

/// Reads big endian numbers; panics at the end of the bytes, as a test may.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> &'a [u8] {
        let (head, rest) = self.0.split_at(count);
        self.0 = rest;
        head
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn u16(&mut self) -> u16 {
        u16::from_be_bytes(self.take(2).try_into().unwrap())
    }

    fn u32(&mut self) -> u32 {
        u32::from_be_bytes(self.take(4).try_into().unwrap())
    }

    fn text(&mut self) -> String {
        let count = usize::from(self.u16());
        String::from_utf8(self.take(count).to_vec()).unwrap()
    }
}
