//! Random bytes of the message `All`, made field by field, so that most of them are valid.

/// Makes messages from a seed.
pub(crate) struct Sampler {
    state: u64,
    /// Whether fields that `All` does not know occur.
    pub(crate) with_unknown: bool,
}

/// What a field holds.
#[derive(Clone, Copy)]
enum Kind {
    Bool,
    Bytes,
    Double,
    Enum,
    Fixed32,
    Fixed64,
    Float,
    Int32,
    Map(&'static Kind, &'static Kind),
    Nested,
    Packed(&'static Kind),
    Sint32,
    Text,
    Time,
    Varint,
    Whole,
}

impl Sampler {
    pub(crate) fn new(seed: u64) -> Sampler {
        Sampler {
            state: seed,
            with_unknown: false,
        }
    }

    /// The bytes of a message of `All` with other messages up to `depth` levels inside.
    pub(crate) fn all(&mut self, depth: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        for _ in 0..self.below(12) {
            let (number, kind) = FIELDS[self.below(FIELDS.len() as u64) as usize];
            self.field(&mut bytes, number, kind, depth);
            if self.with_unknown && self.below(3) == 0 {
                self.unknown(&mut bytes);
            }
        }
        bytes
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// Steele, Lea and Flood's SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn field(&mut self, bytes: &mut Vec<u8>, number: u32, kind: Kind, depth: u32) {
        if let Kind::Packed(element) = kind {
            if self.below(2) == 0 {
                return self.field(bytes, number, *element, depth);
            }
            let mut packed = Vec::new();
            for _ in 0..self.below(5) {
                self.value(&mut packed, *element, depth);
            }
            put_bytes(bytes, number, &packed);
            return;
        }
        if depth == 0
            && matches!(
                kind,
                Kind::Nested | Kind::Whole | Kind::Map(_, Kind::Nested)
            )
        {
            return;
        }
        varint(bytes, u64::from(number << 3 | wire_type(kind)));
        self.value(bytes, kind, depth);
    }

    fn value(&mut self, bytes: &mut Vec<u8>, kind: Kind, depth: u32) {
        match kind {
            Kind::Bool => varint(bytes, self.below(2)),
            Kind::Bytes => {
                let len = self.below(9);
                let value: Vec<u8> = (0..len).map(|_| self.next() as u8).collect();
                delimited(bytes, &value);
            }
            Kind::Double => bytes.extend((self.next() as f64 - 1e19).to_le_bytes()),
            // Mostly one with a name.
            Kind::Enum => {
                let number = self.below(5) as i64 - 1;
                varint(bytes, number.cast_unsigned());
            }
            Kind::Fixed32 => bytes.extend((self.next() as u32).to_le_bytes()),
            Kind::Fixed64 => bytes.extend(self.next().to_le_bytes()),
            Kind::Float => bytes.extend((self.next() as f32 - 1e19).to_le_bytes()),
            Kind::Int32 => {
                let number = i64::from(self.number() as i32);
                varint(bytes, number.cast_unsigned());
            }
            Kind::Map(key, value) => {
                let mut entry = Vec::new();
                for (number, kind) in [(1, *key), (2, *value)] {
                    if self.below(8) > 0 {
                        self.field(&mut entry, number, kind, depth);
                    }
                }
                delimited(bytes, &entry);
            }
            Kind::Nested => {
                let mut nested = Vec::new();
                for _ in 0..self.below(4) {
                    let (number, kind) = NESTED[self.below(3) as usize];
                    self.field(&mut nested, number, kind, depth - 1);
                }
                delimited(bytes, &nested);
            }
            Kind::Packed(element) => self.value(bytes, *element, depth),
            Kind::Sint32 => varint(bytes, self.number() & 0xffff_ffff),
            Kind::Text => {
                let len = self.below(9) as usize;
                let text: String = (0..len).map(|_| LETTERS[self.below(8) as usize]).collect();
                delimited(bytes, text.as_bytes());
            }
            Kind::Time => {
                let mut time = Vec::new();
                self.field(&mut time, 1, Kind::Varint, 0);
                self.field(&mut time, 2, Kind::Int32, 0);
                delimited(bytes, &time);
            }
            Kind::Varint => varint(bytes, self.number()),
            Kind::Whole => {
                let whole = self.all(depth - 1);
                delimited(bytes, &whole);
            }
        }
    }

    /// A number of any length.
    fn number(&mut self) -> u64 {
        self.next() >> self.below(64)
    }

    /// A field of a number that `All` does not have.
    fn unknown(&mut self, bytes: &mut Vec<u8>) {
        let number = 3000 + self.below(1000) as u32;
        match self.below(4) {
            0 => self.field(bytes, number, Kind::Varint, 0),
            1 => self.field(bytes, number, Kind::Fixed32, 0),
            2 => self.field(bytes, number, Kind::Bytes, 0),
            _ => {
                varint(bytes, u64::from(number << 3 | 3));
                for _ in 0..self.below(2) {
                    self.unknown(bytes);
                }
                varint(bytes, u64::from(number << 3 | 4));
            }
        }
    }
}

/// Appends a number of variable length.
pub(crate) fn varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// Appends a field of bytes.
pub(crate) fn put_bytes(bytes: &mut Vec<u8>, number: u32, value: &[u8]) {
    varint(bytes, u64::from(number << 3 | 2));
    delimited(bytes, value);
}

fn delimited(bytes: &mut Vec<u8>, value: &[u8]) {
    varint(bytes, value.len() as u64);
    bytes.extend(value);
}

fn wire_type(kind: Kind) -> u32 {
    match kind {
        Kind::Bool | Kind::Enum | Kind::Int32 | Kind::Sint32 | Kind::Varint => 0,
        Kind::Double | Kind::Fixed64 => 1,
        Kind::Bytes | Kind::Map(..) | Kind::Nested | Kind::Text | Kind::Time | Kind::Whole => 2,
        Kind::Packed(element) => wire_type(*element),
        Kind::Fixed32 | Kind::Float => 5,
    }
}

/// One, two, three and four bytes of UTF-8 each.
const LETTERS: [char; 8] = ['a', 'Z', '0', '\0', 'é', 'Ω', '漢', '🐦'];

const NESTED: [(u32, Kind); 3] = [(1, Kind::Varint), (2, Kind::Text), (3, Kind::Nested)];

const FIELDS: &[(u32, Kind)] = &[
    (1, Kind::Double),
    (2, Kind::Float),
    (3, Kind::Int32),
    (4, Kind::Varint),
    (5, Kind::Sint32),
    (6, Kind::Varint),
    (7, Kind::Sint32),
    (8, Kind::Varint),
    (9, Kind::Fixed32),
    (10, Kind::Fixed64),
    (11, Kind::Fixed32),
    (12, Kind::Fixed64),
    (13, Kind::Bool),
    (14, Kind::Text),
    (15, Kind::Bytes),
    (16, Kind::Nested),
    (17, Kind::Enum),
    (18, Kind::Enum),
    (21, Kind::Int32),
    (22, Kind::Bool),
    (23, Kind::Text),
    (24, Kind::Bytes),
    (25, Kind::Nested),
    (26, Kind::Enum),
    (31, Kind::Packed(&Kind::Double)),
    (32, Kind::Packed(&Kind::Float)),
    (33, Kind::Packed(&Kind::Int32)),
    (34, Kind::Packed(&Kind::Varint)),
    (35, Kind::Packed(&Kind::Sint32)),
    (36, Kind::Packed(&Kind::Varint)),
    (37, Kind::Packed(&Kind::Sint32)),
    (38, Kind::Packed(&Kind::Varint)),
    (39, Kind::Packed(&Kind::Fixed32)),
    (40, Kind::Packed(&Kind::Fixed64)),
    (41, Kind::Packed(&Kind::Fixed32)),
    (42, Kind::Packed(&Kind::Fixed64)),
    (43, Kind::Packed(&Kind::Bool)),
    (44, Kind::Text),
    (45, Kind::Bytes),
    (46, Kind::Nested),
    (47, Kind::Packed(&Kind::Enum)),
    (48, Kind::Packed(&Kind::Sint32)),
    (51, Kind::Map(&Kind::Int32, &Kind::Text)),
    (52, Kind::Map(&Kind::Text, &Kind::Nested)),
    (53, Kind::Map(&Kind::Bool, &Kind::Bytes)),
    (54, Kind::Map(&Kind::Fixed64, &Kind::Double)),
    (55, Kind::Map(&Kind::Sint32, &Kind::Enum)),
    (61, Kind::Sint32),
    (62, Kind::Text),
    (63, Kind::Nested),
    (64, Kind::Whole),
    (65, Kind::Enum),
    (66, Kind::Time),
    (2000, Kind::Whole),
];
