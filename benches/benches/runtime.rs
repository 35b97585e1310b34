//! The runtime: turns of the loop, timers, tasks, mail. Everything runs on a core, through the public interface.

use std::future::poll_fn;
use std::task::Poll;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use netpoll::{Config, DriverChoice, Runtime, TaskArena, sleep, spawn_local};

/// Gives the loop one turn, where one task is polled per turn.
async fn one_turn() {
    let mut waited = false;
    poll_fn(|cx| {
        if waited {
            return Poll::Ready(());
        }
        waited = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

fn on_core(runtime: &Runtime, work: impl AsyncFn(u64) + Send + 'static, count: u64) -> Duration {
    runtime.block_on(0, move || async move {
        let begin = Instant::now();
        work(count).await;
        begin.elapsed()
    })
}

fn runtimes(criterion: &mut Criterion) {
    for driver in [DriverChoice::Uring, DriverChoice::Epoll] {
        let runtime = Runtime::builder()
            .cores(1)
            .driver(driver)
            .config(Config {
                tasks_per_turn_max: 1,
                ..Config::default()
            })
            .start()
            .expect("this kernel has the driver");
        let mut group = criterion.benchmark_group(format!("runtime/{}", runtime.driver()));
        group.bench_function("turn without events", |b| {
            b.iter_custom(|count| {
                on_core(
                    &runtime,
                    async |count| {
                        for _ in 0..count {
                            one_turn().await;
                        }
                    },
                    count,
                )
            });
        });
        group.bench_function("insert and cancel a timer", |b| {
            b.iter_custom(|count| {
                on_core(
                    &runtime,
                    async |count| {
                        for _ in 0..count {
                            let mut late = Box::pin(sleep(Duration::from_secs(60)));
                            poll_fn(|cx| {
                                assert!(late.as_mut().poll(cx).is_pending());
                                Poll::Ready(())
                            })
                            .await;
                        }
                    },
                    count,
                )
            });
        });
        group.bench_function("run a task that does not wait", |b| {
            b.iter_custom(|count| {
                on_core(
                    &runtime,
                    async |count| {
                        let arena = TaskArena::new();
                        for _ in 0..count {
                            arena.run(std::future::ready(()));
                        }
                    },
                    count,
                )
            });
        });
        group.bench_function("spawn a task and join it", |b| {
            b.iter_custom(|count| {
                on_core(
                    &runtime,
                    async |count| {
                        for _ in 0..count {
                            spawn_local(async {}).await.expect("no panic");
                        }
                    },
                    count,
                )
            });
        });
        group.bench_function("mail to the core and an answer", |b| {
            b.iter(|| runtime.block_on(0, || async {}));
        });
        group.finish();
    }
}

criterion_group!(benches, runtimes);
criterion_main!(benches);
