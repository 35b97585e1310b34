//! Random operations on buffers, views and writers, compared after each step with plain vectors.

use std::{
    io::IoSlice,
    mem::{self, MaybeUninit},
    thread,
};

use bytes::Bytes;
use netpoll_buffer::{Block, LinkBuffer, Pool, PoolConfig, View};
use proptest::{collection::vec, prelude::*};

use crate::{assert_all_back, bytes_of, pattern};

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 6 } else { 256 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn buffers_behave_like_vectors(
        block_bytes in prop_oneof![Just(256), Just(1024), Just(64 << 10)],
        keeps_idle in any::<bool>(),
        ops in vec(op(), 1..if cfg!(miri) { 40 } else { 150 }),
    ) {
        // A pool that keeps nothing frees every block at once, for the address sanitizer to see what outlives it.
        let pool = Pool::new(PoolConfig {
            block_bytes,
            idle_bytes_max: if keeps_idle { 16 << 20 } else { 0 },
            ..PoolConfig::default()
        });
        let mut world = World::new(&pool);
        for op in &ops {
            world.apply(op);
            world.check();
        }
        drop(world);
        assert_all_back(&pool);
    }
}

/// Two buffers and what was taken out of them, each beside the bytes it must hold.
struct World<'a> {
    pool: &'a Pool,
    buffers: [(LinkBuffer, Vec<u8>); 2],
    views: Vec<(View, Vec<u8>)>,
    bytes: Vec<(Bytes, Vec<u8>)>,
    /// A block that a driver receives into, and how much of it is filled.
    receiving: (Block, usize),
    seed: usize,
}

#[derive(Clone, Debug)]
enum Op {
    Append {
        to: usize,
    },
    Clear {
        on: usize,
    },
    Compact {
        on: usize,
    },
    Contiguous {
        on: usize,
        count: Share,
    },
    DropBytes {
        index: usize,
        elsewhere: bool,
    },
    DropView {
        index: usize,
    },
    IntoBytes {
        index: usize,
    },
    PushBytes {
        on: usize,
        index: usize,
    },
    PushView {
        on: usize,
        index: usize,
    },
    PutSlice {
        on: usize,
        len: usize,
    },
    Receive {
        on: usize,
        len: usize,
    },
    Reclaim,
    Skip {
        on: usize,
        count: Share,
    },
    SliceView {
        index: usize,
        from: Share,
        to: Share,
    },
    Split {
        on: usize,
        count: Share,
    },
    Take {
        on: usize,
        count: Share,
    },
    Truncate {
        on: usize,
        len: Share,
    },
    Write {
        on: usize,
        pieces: Vec<Piece>,
        nested: Option<usize>,
        finish: bool,
    },
}

/// What a writer is asked to write.
#[derive(Clone, Debug)]
enum Piece {
    FieldBytes {
        index: usize,
        from: Share,
        to: Share,
    },
    Mark {
        wide: bool,
    },
    Patch {
        index: usize,
    },
    Prefix {
        len: usize,
    },
    Rollback {
        to: Share,
    },
    Slice {
        len: usize,
    },
    Spare {
        room: usize,
        len: usize,
    },
    View {
        index: usize,
    },
    Word {
        bytes: usize,
    },
}

/// A part of a length that is known only when the operation runs: 0 is nothing, 255 all.
type Share = u8;

fn of(share: Share, len: usize) -> usize {
    len * usize::from(share) / 255
}

fn op() -> impl Strategy<Value = Op> {
    let on = 0..2_usize;
    let index = 0..8_usize;
    let len = prop_oneof![4 => 0..40_usize, 3 => 200..700_usize, 1 => 4000..9000_usize, 1 => 65_000..70_000_usize];
    let share = || prop_oneof![Just(0), Just(255), any::<u8>()];
    prop_oneof![
        2 => on.clone().prop_map(|to| Op::Append { to }),
        1 => on.clone().prop_map(|on| Op::Clear { on }),
        2 => on.clone().prop_map(|on| Op::Compact { on }),
        2 => (on.clone(), share()).prop_map(|(on, count)| Op::Contiguous { on, count }),
        3 => (index.clone(), any::<bool>()).prop_map(|(index, elsewhere)| Op::DropBytes { index, elsewhere }),
        4 => index.clone().prop_map(|index| Op::DropView { index }),
        3 => index.clone().prop_map(|index| Op::IntoBytes { index }),
        2 => (on.clone(), index.clone()).prop_map(|(on, index)| Op::PushBytes { on, index }),
        3 => (on.clone(), index.clone()).prop_map(|(on, index)| Op::PushView { on, index }),
        2 => (on.clone(), len.clone()).prop_map(|(on, len)| Op::PutSlice { on, len }),
        4 => (on.clone(), len.clone()).prop_map(|(on, len)| Op::Receive { on, len }),
        1 => Just(Op::Reclaim),
        4 => (on.clone(), share()).prop_map(|(on, count)| Op::Skip { on, count }),
        2 => (index, share(), share()).prop_map(|(index, from, to)| Op::SliceView { index, from, to }),
        2 => (on.clone(), share()).prop_map(|(on, count)| Op::Split { on, count }),
        5 => (on.clone(), share()).prop_map(|(on, count)| Op::Take { on, count }),
        1 => (on.clone(), share()).prop_map(|(on, len)| Op::Truncate { on, len }),
        8 => (on, vec(piece(), 0..12), prop::option::weighted(0.2, len), prop::bool::weighted(0.8))
            .prop_map(|(on, pieces, nested, finish)| Op::Write { on, pieces, nested, finish }),
    ]
}

fn piece() -> impl Strategy<Value = Piece> {
    let len = prop_oneof![5 => 0..40_usize, 3 => 200..700_usize, 1 => 4000..9000_usize, 1 => 65_000..70_000_usize];
    prop_oneof![
        2 => (0..8_usize, any::<u8>(), any::<u8>()).prop_map(|(index, from, to)| Piece::FieldBytes { index, from, to }),
        3 => any::<bool>().prop_map(|wide| Piece::Mark { wide }),
        3 => (0..4_usize).prop_map(|index| Piece::Patch { index }),
        1 => (0..=10_usize).prop_map(|len| Piece::Prefix { len }),
        2 => any::<u8>().prop_map(|to| Piece::Rollback { to }),
        4 => len.prop_map(|len| Piece::Slice { len }),
        1 => (0..600_usize, 0..600_usize).prop_map(|(room, len)| Piece::Spare { room, len }),
        2 => (0..8_usize).prop_map(|index| Piece::View { index }),
        4 => prop_oneof![Just(1), Just(2), Just(4), Just(8)].prop_map(|bytes| Piece::Word { bytes }),
    ]
}

impl<'a> World<'a> {
    fn new(pool: &'a Pool) -> World<'a> {
        World {
            pool,
            buffers: Default::default(),
            views: Vec::new(),
            bytes: Vec::new(),
            receiving: (pool.block(), 0),
            seed: 0,
        }
    }

    fn check(&mut self) {
        for (buffer, expected) in &mut self.buffers {
            // Bound what one case costs.
            buffer.skip(expected.len().saturating_sub(BUFFERED_MAX));
            expected.drain(..expected.len().saturating_sub(BUFFERED_MAX));
        }
        for (buffer, expected) in &self.buffers {
            assert_eq!(buffer.len(), expected.len());
            assert_eq!(buffer.is_empty(), expected.is_empty());
            assert!(bytes_of(buffer) == *expected);
            check_reading(buffer, expected);
        }
        for (view, expected) in &self.views {
            assert!(**view == **expected);
        }
        for (bytes, expected) in &self.bytes {
            assert!(**bytes == **expected);
        }
    }

    fn fresh(&mut self, len: usize) -> Vec<u8> {
        self.seed += 1;
        pattern(self.seed, len)
    }

    fn apply(&mut self, op: &Op) {
        match *op {
            Op::Append { to } => {
                let [left, right] = &mut self.buffers;
                let (to, from) = if to == 0 {
                    (left, right)
                } else {
                    (right, left)
                };
                to.0.append(&mut from.0);
                to.1.append(&mut from.1);
            }
            Op::Clear { on } => {
                self.buffers[on].0.clear();
                self.buffers[on].1.clear();
            }
            Op::Compact { on } => self.compact(on),
            Op::Contiguous { on, count } => {
                let (buffer, expected) = &mut self.buffers[on];
                let count = of(count, expected.len());
                assert!(buffer.contiguous(count, self.pool).unwrap() == &expected[..count]);
                assert!(buffer.contiguous(expected.len() + 1, self.pool).is_none());
            }
            Op::Receive { on, len } => self.receive(on, len),
            Op::PutSlice { on, len } => {
                let bytes = self.fresh(len);
                self.buffers[on].0.put_slice(&bytes, self.pool);
                self.buffers[on].1.extend(bytes);
            }
            Op::Reclaim => {
                self.pool.reclaim();
            }
            Op::Skip { on, count } => {
                let (buffer, expected) = &mut self.buffers[on];
                let count = of(count, expected.len());
                buffer.skip(count);
                expected.drain(..count);
            }
            Op::Split { on, count } => self.split(on, count),
            Op::Take { on, count } => self.take(on, count),
            Op::Truncate { on, len } => {
                let (buffer, expected) = &mut self.buffers[on];
                let len = of(len, expected.len());
                buffer.truncate(len);
                expected.truncate(len);
            }
            Op::Write {
                on,
                ref pieces,
                nested,
                finish,
            } => self.write(on, pieces, nested, finish),
            _ => self.apply_to_taken(op),
        }
    }

    fn apply_to_taken(&mut self, op: &Op) {
        match *op {
            Op::DropBytes { index, elsewhere } if index < self.bytes.len() => {
                let (bytes, _) = self.bytes.swap_remove(index);
                if elsewhere {
                    thread::spawn(move || drop(bytes)).join().unwrap();
                }
            }
            Op::DropView { index } if index < self.views.len() => {
                self.views.swap_remove(index);
            }
            Op::IntoBytes { index } if index < self.views.len() => {
                let (view, expected) = self.views.swap_remove(index);
                self.bytes.push((view.into_bytes(), expected));
            }
            Op::PushBytes { on, index } if index < self.bytes.len() => {
                let (bytes, expected) = &self.bytes[index];
                self.buffers[on].0.push(View::from(bytes.clone()));
                self.buffers[on].1.extend(expected);
            }
            Op::PushView { on, index } if index < self.views.len() => {
                let (view, expected) = &self.views[index];
                self.buffers[on].0.push(view.clone());
                self.buffers[on].1.extend(expected);
            }
            Op::SliceView { index, from, to } if index < self.views.len() => {
                let (view, expected) = &self.views[index];
                let to = of(to, expected.len());
                let from = of(from, to);
                let part = view.slice(from..to);
                assert_eq!(view.slice_ref(&view[from..to]).as_ref(), Some(&part));
                self.views.push((part, expected[from..to].to_vec()));
            }
            _ => {}
        }
        // Bound what is held.
        self.views.truncate(16);
        self.bytes.truncate(16);
    }

    fn compact(&mut self, on: usize) {
        let (buffer, expected) = &mut self.buffers[on];
        let before = buffer.pinned_bytes();
        if buffer.compact(self.pool) {
            assert!(before >= expected.len() * 8);
            assert!(buffer.pinned_bytes() < before);
        } else {
            assert_eq!(buffer.pinned_bytes(), before);
        }
    }

    /// As a driver does: bytes arrive behind those that are in view already.
    fn receive(&mut self, on: usize, len: usize) {
        let bytes = self.fresh(len);
        for piece in bytes.chunks(self.receiving.0.capacity()) {
            if self.receiving.0.capacity() - self.receiving.1 < piece.len() {
                self.receiving = (self.pool.block(), 0);
            }
            let (block, filled) = &mut self.receiving;
            // SAFETY: the piece fits behind what is filled, and nobody views that part yet.
            unsafe {
                block
                    .as_ptr()
                    .add(*filled)
                    .copy_from(piece.as_ptr(), piece.len())
            };
            // SAFETY: just written, and from now on counted as filled.
            let view = unsafe { block.view(*filled, piece.len()) };
            *filled += piece.len();
            self.buffers[on].0.push(view);
        }
        self.buffers[on].1.extend(bytes);
    }

    fn split(&mut self, on: usize, count: Share) {
        let (buffer, expected) = &mut self.buffers[on];
        let count = of(count, expected.len());
        let mut head = buffer.split_to(count);
        let rest = expected.split_off(count);
        assert!(bytes_of(&head) == *expected);
        assert!(bytes_of(buffer) == rest);
        // Put it together again, the other way round.
        buffer.append(&mut head);
        assert!(head.is_empty());
        let head = mem::replace(expected, rest);
        expected.extend(head);
    }

    fn take(&mut self, on: usize, count: Share) {
        let (buffer, expected) = &mut self.buffers[on];
        let count = of(count, expected.len());
        assert!(buffer.take(expected.len() + 1, self.pool).is_none());
        let view = buffer.take(count, self.pool).unwrap();
        let rest = expected.split_off(count);
        let taken = mem::replace(expected, rest);
        assert!(*view == *taken);
        self.views.push((view, taken));
    }

    fn write(&mut self, on: usize, pieces: &[Piece], nested: Option<usize>, finish: bool) {
        let nested = nested.map(|len| self.fresh(len));
        let mut buffer = mem::take(&mut self.buffers[on].0);
        let mut message = Message::default();
        let mut writer = buffer.writer(self.pool);
        for piece in pieces {
            self.seed += 1;
            message.write(piece, self.seed, &self.views, &mut writer);
            assert_eq!(writer.position(), message.bytes.len());
        }
        if let Some(bytes) = nested {
            let (buffer, expected) = &mut self.buffers[1 - on];
            buffer.put_slice(&bytes, self.pool);
            expected.extend(bytes);
        }
        if finish {
            // Both ways to end, in turn.
            if self.seed.is_multiple_of(2) {
                assert_eq!(writer.finish(), message.bytes.len());
            } else {
                assert_eq!(writer.commit(), message.bytes.len());
                drop(writer);
            }
            self.buffers[on].1.extend(message.bytes);
        } else {
            drop(writer);
        }
        self.buffers[on].0 = buffer;
    }
}

/// What a writer has written, as a plain vector.
#[derive(Default)]
struct Message {
    bytes: Vec<u8>,
    marks: Vec<Mark>,
}

#[derive(Clone, Copy)]
enum Mark {
    Narrow(usize, netpoll_buffer::Mark<2>),
    Wide(usize, netpoll_buffer::Mark),
}

impl Message {
    fn write(
        &mut self,
        piece: &Piece,
        seed: usize,
        views: &[(View, Vec<u8>)],
        writer: &mut netpoll_buffer::Writer<'_>,
    ) {
        match *piece {
            Piece::FieldBytes { index, from, to } => {
                let Some((view, _)) = views.get(index) else {
                    return;
                };
                let to = of(to, view.len());
                let field = &view[of(from, to)..to];
                // Sometimes the field is of the origin, sometimes not.
                writer.set_origin(if from % 2 == 0 {
                    view.clone()
                } else {
                    View::new()
                });
                writer.put_field_bytes(field);
                self.bytes.extend(field);
            }
            Piece::Mark { wide } => self.mark(wide, writer),
            Piece::Patch { index } => self.patch(index, seed as u32, writer),
            Piece::Prefix { len } => {
                let bytes: [u8; 10] = pattern(seed, 10).try_into().unwrap();
                writer.put_prefix(bytes, len);
                self.bytes.extend(&bytes[..len]);
            }
            Piece::Rollback { to } => {
                let to = of(to, self.bytes.len());
                writer.truncate_to(to);
                self.bytes.truncate(to);
                self.marks.retain(|mark| match *mark {
                    Mark::Narrow(at, _) => at + 2 <= to,
                    Mark::Wide(at, _) => at + 4 <= to,
                });
            }
            Piece::Slice { len } => {
                let bytes = pattern(seed, len);
                writer.put_slice(&bytes);
                self.bytes.extend(bytes);
            }
            Piece::Spare { room, len } => {
                let bytes = pattern(seed, len.min(room));
                let spare = writer.spare(room);
                assert!(spare.len() >= room);
                spare[..bytes.len()].copy_from_slice(
                    &bytes
                        .iter()
                        .copied()
                        .map(MaybeUninit::new)
                        .collect::<Vec<_>>(),
                );
                // SAFETY: as many bytes of the spare room were just written.
                unsafe { writer.advance(bytes.len()) };
                self.bytes.extend(bytes);
            }
            Piece::View { index } => {
                let Some((view, expected)) = views.get(index) else {
                    return;
                };
                writer.put_view(view.clone());
                self.bytes.extend(expected);
            }
            Piece::Word { bytes } => self.word(bytes, seed as u64 * 0x0102_0408_1020_4081, writer),
        }
    }

    fn mark(&mut self, wide: bool, writer: &mut netpoll_buffer::Writer<'_>) {
        let at = self.bytes.len();
        self.marks.push(if wide {
            self.bytes.extend([0; 4]);
            Mark::Wide(at, writer.mark_u32())
        } else {
            self.bytes.extend([0; 2]);
            Mark::Narrow(at, writer.mark_u16())
        });
    }

    fn patch(&mut self, index: usize, value: u32, writer: &mut netpoll_buffer::Writer<'_>) {
        match self.marks.get(index) {
            Some(&Mark::Narrow(at, mark)) => {
                writer.patch_u16(mark, value as u16);
                self.bytes[at..at + 2].copy_from_slice(&(value as u16).to_be_bytes());
            }
            Some(&Mark::Wide(at, mark)) => {
                writer.patch_u32(mark, value);
                self.bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
            }
            None => {}
        }
    }

    fn word(&mut self, bytes: usize, value: u64, writer: &mut netpoll_buffer::Writer<'_>) {
        match bytes {
            1 => writer.put_u8(value as u8),
            2 => writer.put_u16(value as u16),
            4 => writer.put_u32(value as u32),
            _ => writer.put_u64(value),
        }
        self.bytes.extend(&value.to_be_bytes()[8 - bytes..]);
    }
}

/// All ways to look at a buffer without changing it.
fn check_reading(buffer: &LinkBuffer, expected: &[u8]) {
    assert!(expected.starts_with(buffer.first()));
    for (offset, count) in [
        (0, 4),
        (expected.len() / 2, 300),
        (expected.len(), 1),
        (usize::MAX, 1),
    ] {
        let mut target = vec![0; count];
        let copied = buffer.copy_to_slice(offset, &mut target);
        let wanted = expected.get(offset..).unwrap_or(&[]);
        let wanted = &wanted[..count.min(wanted.len())];
        assert!(target[..copied] == *wanted);
    }
    let mut scratch = [0; 300];
    for count in [0, 1, 4, 300] {
        assert!(buffer.peek(count, &mut scratch) == expected.get(..count));
    }
    let mut slices = [IoSlice::new(&[]); 3];
    let filled = buffer.gather(&mut slices);
    assert_eq!(filled, buffer.views().count().min(3));
    let gathered: Vec<u8> = slices[..filled]
        .iter()
        .flat_map(|slice| slice.iter().copied())
        .collect();
    assert!(expected.starts_with(&gathered));
    assert!(filled == 3 || gathered.len() == expected.len());
}

const BUFFERED_MAX: usize = 80_000;
