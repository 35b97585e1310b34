//! CRC-32C, Castagnoli's polynomial: the checksum of a payload. WIRE.md §5.4.
//!
//! Eight bytes at a time by eight tables of 1 KiB. Checksums are an option that few connections use, so no instruction of
//! the processor is asked for.

/// The CRC-32C of `chunks` one after another.
///
/// ```
/// assert_eq!(codec::crc32c([&b"1234"[..], b"56789"]), 0xe306_9283);
/// ```
pub fn crc32c<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> u32 {
    let crc = chunks.into_iter().fold(u32::MAX, update);
    !crc
}

/// The value of the key [`crc32c`](crate::frame::key::CRC32C): eight hexadecimal digits.
///
/// ```
/// assert_eq!(&codec::crc32c_text(0xe306_9283), b"e3069283");
/// ```
pub fn crc32c_text(crc: u32) -> [u8; 8] {
    std::array::from_fn(|at| b"0123456789abcdef"[(crc >> (28 - 4 * at) & 0xf) as usize])
}

fn update(mut crc: u32, bytes: &[u8]) -> u32 {
    let (words, rest) = bytes.as_chunks::<8>();
    for &[a, b, c, d, e, f, g, h] in words {
        let [a, b, c, d] = (crc ^ u32::from_le_bytes([a, b, c, d])).to_le_bytes();
        let bytes = [h, g, f, e, d, c, b, a];
        crc = (0..8).fold(0, |sum, at| sum ^ TABLES[at][usize::from(bytes[at])]);
    }
    for &byte in rest {
        crc = crc >> 8 ^ TABLES[0][usize::from(crc as u8 ^ byte)];
    }
    crc
}

/// `TABLES[n][byte]` is what `byte` becomes with `n` zero bytes after it.
static TABLES: [[u32; 256]; 8] = {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = crc >> 1 ^ if crc & 1 == 1 { POLYNOMIAL } else { 0 };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut zeros = 1;
    while zeros < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before = tables[zeros - 1][byte];
            tables[zeros][byte] = before >> 8 ^ tables[0][(before & 0xff) as usize];
            byte += 1;
        }
        zeros += 1;
    }
    tables
};

/// Castagnoli's polynomial, lowest bit first.
const POLYNOMIAL: u32 = 0x82f6_3b78;
