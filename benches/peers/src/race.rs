//! Many threads that append at once, each the next event of all.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::PeersError;

/// Lets threads append so many events; `append` is told which thread does it and which event is next.
/// The clock runs from when all threads stand ready to when the last one is done.
pub(crate) fn race(
    threads: usize,
    events: usize,
    append: impl Fn(usize, usize) -> Result<(), PeersError> + Sync,
) -> Result<Duration, PeersError> {
    let (next, barrier) = (AtomicUsize::new(0), Barrier::new(threads + 1));
    let run = |thread: usize| -> Result<(), PeersError> {
        barrier.wait();
        loop {
            let position = next.fetch_add(1, Ordering::Relaxed);
            if events <= position {
                return Ok(());
            }
            append(thread, position)?;
        }
    };
    thread::scope(|scope| {
        let run = &run;
        let running: Vec<_> = (0..threads).map(|thread| scope.spawn(move || run(thread))).collect();
        barrier.wait();
        let begun = Instant::now();
        let ended: Vec<_> = running.into_iter().map(|thread| thread.join()).collect();
        let taken = begun.elapsed();
        for thread in ended {
            thread.expect("a thread that appends does not panic")?;
        }
        Ok(taken)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn each_event_is_appended_once() {
        let appended = Mutex::new(Vec::new());
        race(4, 100, |thread, position| {
            assert!(thread < 4);
            appended.lock().unwrap().push(position);
            Ok(())
        })
        .unwrap();
        let mut appended = appended.into_inner().unwrap();
        appended.sort_unstable();
        assert_eq!(appended, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn what_fails_in_a_thread_fails_the_race() {
        let failing = |_, position| match position {
            5 => Err(PeersError::Missing { program: "a program" }),
            _ => Ok(()),
        };
        assert!(race(2, 10, failing).is_err());
    }
}
