//! One desk that many threads come to: whoever finds it free serves all that wait. Must answer
//! everyone, once, and must know nothing of what is asked.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

/// How often whoever serves steps aside for those who may still come.
const WAITS_MAX: usize = 16;

/// A desk with the tools that only who serves may use.
#[derive(Debug)]
pub(super) struct Desk<Q, A, T> {
    queue: Mutex<Queue<Q, A>>,
    tools: Mutex<T>,
}

#[derive(Debug)]
struct Queue<Q, A> {
    next: u64,
    waiting: Vec<(Ticket, Q)>,
    answers: HashMap<u64, A>,
    /// Those whose server ended in a panic.
    lost: HashSet<u64>,
    is_serving: bool,
    /// How many were served together last.
    served: usize,
}

/// Who waits for an answer.
#[derive(Debug)]
struct Ticket {
    number: u64,
    thread: Thread,
}

impl<Q, A, T> Desk<Q, A, T> {
    pub(super) fn new(tools: T) -> Self {
        let queue = Queue {
            next: 0,
            waiting: Vec::new(),
            answers: HashMap::new(),
            lost: HashSet::new(),
            is_serving: false,
            served: 0,
        };
        Self { queue: Mutex::new(queue), tools: Mutex::new(tools) }
    }

    /// Waits until a request is answered, by this thread or by another. `serve` is given all
    /// requests that wait, in the order in which they came, and gives as many answers.
    ///
    /// # Panics
    /// When the thread that served the request has panicked.
    pub(super) fn ask(&self, request: Q, serve: impl Fn(&mut T, Vec<Q>) -> Vec<A>) -> A {
        let mut queue = self.queue();
        let number = queue.next;
        queue.next += 1;
        queue.waiting.push((Ticket { number, thread: thread::current() }, request));
        loop {
            if let Some(answer) = queue.answers.remove(&number) {
                return answer;
            }
            assert!(!queue.lost.remove(&number), "whoever served this request has panicked");
            if queue.is_serving {
                drop(queue);
                // Woken when the answer is there, or when it is this thread's turn to serve.
                thread::park();
                queue = self.queue();
                continue;
            }
            queue.is_serving = true;
            // Those who were answered together tend to come again together.
            for _ in 0..WAITS_MAX {
                if queue.served <= queue.waiting.len() {
                    break;
                }
                drop(queue);
                thread::yield_now();
                queue = self.queue();
            }
            queue.served = queue.waiting.len();
            let (tickets, requests) = std::mem::take(&mut queue.waiting).into_iter().unzip();
            drop(queue);
            let mut shift = Shift { desk: self, tickets, answers: Vec::new() };
            shift.answers = serve(&mut self.tools(), requests);
            drop(shift);
            queue = self.queue();
        }
    }

    /// Uses the tools while nobody is served.
    pub(super) fn tools(&self) -> MutexGuard<'_, T> {
        self.tools.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queue(&self) -> MutexGuard<'_, Queue<Q, A>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The service of some requests; ends in a panic too.
struct Shift<'a, Q, A, T> {
    desk: &'a Desk<Q, A, T>,
    tickets: Vec<Ticket>,
    answers: Vec<A>,
}

impl<Q, A, T> Drop for Shift<'_, Q, A, T> {
    fn drop(&mut self) {
        let mut queue = self.desk.queue();
        let mut answers = self.answers.drain(..);
        for ticket in &self.tickets {
            match answers.next() {
                Some(answer) => drop(queue.answers.insert(ticket.number, answer)),
                None => drop(queue.lost.insert(ticket.number)),
            }
        }
        queue.is_serving = false;
        // Only those who have something to do: each that was served, and one to serve next.
        let next = queue.waiting.first().map(|(ticket, _)| ticket.thread.clone());
        drop(queue);
        self.tickets.iter().map(|ticket| &ticket.thread).chain(&next).for_each(Thread::unpark);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn everyone_is_answered_once_and_with_what_was_asked() {
        let desk = Desk::new(0_u64);
        let shifts = AtomicUsize::new(0);
        thread::scope(|scope| {
            for thread in 0_u64..8 {
                let (desk, shifts) = (&desk, &shifts);
                scope.spawn(move || {
                    for number in 0..200 {
                        let asked = thread * 1_000 + number;
                        let answer = desk.ask(asked, |served, requests| {
                            shifts.fetch_add(1, Ordering::Relaxed);
                            *served += requests.len() as u64;
                            requests.iter().map(|request| request * 2).collect()
                        });
                        assert_eq!(answer, asked * 2);
                    }
                });
            }
        });
        assert_eq!(*desk.tools(), 1_600);
        assert!(shifts.load(Ordering::Relaxed) <= 1_600);
        assert!(desk.queue().answers.is_empty(), "no answer is left lying");
    }

    #[test]
    fn those_who_wait_are_served_together() {
        let desk = Desk::new(Vec::new());
        thread::scope(|scope| {
            let first = scope.spawn(|| {
                desk.ask(0, |groups: &mut Vec<usize>, requests: Vec<u64>| {
                    // Until all the others wait.
                    while desk.queue().waiting.len() < 5 {
                        thread::yield_now();
                    }
                    groups.push(requests.len());
                    requests
                })
            });
            while !desk.queue().is_serving {
                thread::yield_now();
            }
            for number in 1..=5 {
                let desk = &desk;
                scope.spawn(move || {
                    let answer = desk.ask(number, |groups, requests| {
                        groups.push(requests.len());
                        requests
                    });
                    assert_eq!(answer, number);
                });
            }
            assert_eq!(first.join().expect("it is served"), 0);
        });
        assert_eq!(*desk.tools(), [1, 5]);
    }

    #[test]
    fn a_panic_while_serving_keeps_nobody_waiting() {
        let desk = Desk::new(());
        let serve = |(): &mut (), requests: Vec<u64>| -> Vec<u64> {
            assert!(!requests.contains(&13), "unlucky");
            requests
        };
        thread::scope(|scope| {
            let unlucky = scope.spawn(|| desk.ask(13, serve));
            assert!(unlucky.join().is_err());
        });
        assert_eq!(desk.ask(7, serve), 7);
    }
}
