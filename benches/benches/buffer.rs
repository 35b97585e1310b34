//! The buffers: what one request costs in views, linked buffers and the writer.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use netpoll_buffer::{Block, LinkBuffer, Pool, PoolConfig};

fn buffers(criterion: &mut Criterion) {
    let pool = Pool::new(PoolConfig::default());
    let request = Block::filled(&pool, &[7; 1_200]);

    let mut group = criterion.benchmark_group("buffer");
    group.throughput(Throughput::Elements(1));
    group.bench_function("block from the pool and back", |b| {
        b.iter(|| black_box(pool.block()));
    });
    group.bench_function("clone and drop a view", |b| {
        b.iter(|| black_box(request.clone()));
    });
    group.bench_function("push a received view, take a frame of it", |b| {
        let mut input = LinkBuffer::new();
        b.iter(|| {
            input.push(request.clone());
            black_box(input.take(1_200, &pool))
        });
    });
    group.bench_function("take a frame that spans two views", |b| {
        let mut input = LinkBuffer::new();
        b.iter(|| {
            input.push(request.slice(..600));
            input.push(request.slice(..600));
            black_box(input.take(1_200, &pool))
        });
    });
    group.bench_function("write a small reply and drop it", |b| {
        let mut output = LinkBuffer::new();
        b.iter(|| {
            let mut writer = output.writer(&pool);
            let mark = writer.mark_u32();
            writer.put_u32(0x8001_0002);
            writer.put_slice(b"Echo");
            writer.put_slice(&request[..128]);
            let length = writer.position() as u32;
            writer.patch_u32(mark, length);
            writer.commit();
            drop(writer);
            output.clear();
        });
    });
    group.bench_function("send 8 KiB of the request by reference", |b| {
        let large = Block::filled(&pool, &[7; 8_192]);
        let mut output = LinkBuffer::new();
        b.iter(|| {
            let mut writer = output.writer(&pool);
            writer.set_origin(large.clone());
            writer.put_u32(8_192);
            writer.put_field_bytes(&large);
            writer.commit();
            drop(writer);
            output.clear();
        });
    });
    group.finish();
}

criterion_group!(benches, buffers);
criterion_main!(benches);
