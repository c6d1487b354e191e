//! Measures all peers in the same loop, one after the other and then again. Must compare nothing that
//! was not measured in the same round.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::agreement::{Seat, Truth};
use crate::error::PeersError;
use crate::events::{Event, Events};
use crate::figures::{Figures, Operation};
use crate::model::Model;
use crate::peer::{Answer, Peer};
use crate::question::Questions;

/// So many events make one commit while a peer is filled.
pub(crate) const LOAD_BATCH: usize = 10_000;
/// In each round, so many events are appended one at a time,
const SINGLE_COUNT: usize = 100;
/// so many batches,
const BATCH_COUNT: usize = 20;
/// of so many events each,
pub(crate) const BATCH_EVENTS: usize = 100;
/// and from so many threads at once
pub(crate) const THREADS: usize = 16;
/// so many events in all.
const THREADED_EVENTS: usize = 1_600;

/// Asks a peer, and gives the nanoseconds of one entry or one question.
type Ask = fn(&mut Seat, &Questions) -> Answer<f64>;

const ASKED: [(Operation, Ask); 6] = [
    (Operation::Verify, |seat, _| over_all(seat, |peer| Ok(peer.verify()?.map(drop)))),
    (Operation::VerifyInFull, |seat, _| {
        over_all(seat, |peer| Ok(peer.verify_in_full()?.map(drop)))
    }),
    (Operation::Read, |seat, _| over_all(seat, |peer| Ok(peer.read()?.map(drop)))),
    (Operation::StatusOn, |Seat { peer, .. }, questions| {
        over_each(peer, &questions.statuses, |peer, asked| peer.status_on(asked.pair, asked.day))
    }),
    (Operation::StatusOnKnown, |Seat { peer, .. }, questions| {
        over_each(peer, &questions.statuses, |peer, asked| {
            peer.status_on_known(asked.pair, asked.day, asked.size)
        })
    }),
    (Operation::PartnersOn, |Seat { peer, .. }, questions| {
        over_each(peer, &questions.partners, |peer, asked| {
            peer.partners_on(asked.entity, asked.day)
        })
    }),
];

/// All peers, what they are given, and what was measured.
pub(crate) struct Bench {
    pub(crate) seats: Vec<Seat>,
    pub(crate) events: Events,
    pub(crate) model: Model,
    pub(crate) figures: Figures,
    pub(crate) rounds: usize,
    pub(crate) seed: u64,
    pub(crate) entry_bytes: u64,
    pub(crate) answers: u64,
}

impl Bench {
    pub(crate) fn new(peers: Vec<Box<dyn Peer>>, events: Events, rounds: usize, seed: u64) -> Self {
        let seat = |peer| Seat { peer, given: 0, last: None };
        Self {
            seats: peers.into_iter().map(seat).collect(),
            events,
            model: Model::default(),
            figures: Figures::default(),
            rounds,
            seed,
            entry_bytes: 0,
            answers: 0,
        }
    }

    /// Fills all peers with so many entries, a part of them in each round.
    pub(crate) fn load(&mut self, entries: u64) -> Result<(), PeersError> {
        let rounds = self.rounds as u64;
        for (round, number) in (0..self.rounds).zip(0..) {
            let count = entries * (number + 1) / rounds - entries * number / rounds;
            let events = self.events.take(count)?;
            self.model.take(&events);
            self.entry_bytes += events.iter().map(|event| event.payload.len() as u64).sum::<u64>();
            for seat in &mut self.seats {
                load_part(seat, &events, round, &mut self.figures)?;
            }
        }
        for Seat { peer, given, .. } in &mut self.seats {
            let (_, taken) = timed(|| peer.settle().map(Some))?.unwrap_or_default();
            self.figures.add(Operation::Load, peer.name(), each(taken, *given));
            if let Some(bytes) = peer.size_on_disk()? {
                let figure = bytes as f64 / (*given).max(1) as f64;
                self.figures.note(Operation::SizeOnDisk, peer.name(), 0, figure);
            }
        }
        Ok(())
    }

    /// Asks all peers the same, and compares every answer.
    pub(crate) fn agree(&mut self, is_numbered_alike: bool) -> Result<(), PeersError> {
        let (model, roll) = (&self.model, self.events.roll());
        let questions = &Questions::draw(self.seed, model, roll);
        let truth = Truth { model, roll, questions, is_numbered_alike };
        for seat in &mut self.seats {
            self.answers += truth.hold(seat)?;
        }
        Ok(())
    }

    /// Measures verifications and questions: each of all peers before the next of any.
    pub(crate) fn ask(&mut self) -> Result<(), PeersError> {
        let questions = Questions::draw(self.seed, &self.model, self.events.roll());
        for round in 0..self.rounds {
            for (operation, ask) in ASKED {
                for seat in &mut self.seats {
                    if let Some(figure) = ask(seat, &questions)? {
                        self.figures.note(operation, seat.peer.name(), round, figure);
                    }
                }
            }
        }
        Ok(())
    }

    /// Measures durable appends.
    pub(crate) fn append(&mut self) -> Result<(), PeersError> {
        for round in 0..self.rounds {
            self.append_in_turn(Operation::AppendSingle, SINGLE_COUNT, 1, round)?;
            self.append_in_turn(Operation::AppendBatch, BATCH_COUNT, BATCH_EVENTS, round)?;
        }
        Ok(())
    }

    /// Lets each peer append once before any appends again, so that a moment in which the disk is slow
    /// falls on all.
    fn append_in_turn(
        &mut self,
        operation: Operation,
        turns: usize,
        batch: usize,
        round: usize,
    ) -> Result<(), PeersError> {
        let mut taken_by_seat = vec![Some(Duration::ZERO); self.seats.len()];
        for _ in 0..turns {
            let events = self.events.take(batch as u64)?;
            self.model.take(&events);
            for (seat, total) in self.seats.iter_mut().zip(&mut taken_by_seat) {
                seat.peer.ready(&events)?;
                let peer = &mut seat.peer;
                let taken = timed(|| match &events[..] {
                    [event] => peer.append_single_durable(event),
                    events => peer.append_batch_durable(events),
                })?;
                *total = total.zip(taken).map(|(total, (_, taken))| total + taken);
                if taken.is_some() {
                    seat.given += batch as u64;
                    seat.last = events.last().map(|event| event.hash);
                }
            }
        }
        for (seat, taken) in self.seats.iter().zip(taken_by_seat) {
            if let Some(taken) = taken {
                let figure = each(taken, (turns * batch) as u64);
                self.figures.note(operation, seat.peer.name(), round, figure);
            }
        }
        Ok(())
    }

    /// Measures durable appends from many threads. After that no two peers need have the same order.
    pub(crate) fn append_from_threads(&mut self) -> Result<(), PeersError> {
        for round in 0..self.rounds {
            let events = self.events.take(THREADED_EVENTS as u64)?;
            self.model.take(&events);
            for seat in &mut self.seats {
                seat.peer.ready(&events)?;
                if let Some(taken) = seat.peer.append_from_threads(THREADS, &events)? {
                    let figure = each(taken, events.len() as u64);
                    let name = seat.peer.name();
                    self.figures.note(Operation::AppendFromThreads, name, round, figure);
                    seat.given += events.len() as u64;
                    seat.last = None;
                }
            }
        }
        Ok(())
    }
}

/// Loads what a peer is to have of some events.
fn load_part(
    seat: &mut Seat,
    events: &[Event],
    round: usize,
    figures: &mut Figures,
) -> Result<(), PeersError> {
    let room = seat.peer.entries_max().saturating_sub(seat.given);
    let room = usize::try_from(room).unwrap_or(usize::MAX).min(events.len());
    let (mut total, mut loaded) = (Duration::ZERO, 0);
    for batch in events[..room].chunks(LOAD_BATCH) {
        seat.peer.ready(batch)?;
        if let Some((_, taken)) = timed(|| seat.peer.load(batch))? {
            total += taken;
            loaded += batch.len() as u64;
            seat.last = batch.last().map(|event| event.hash);
        }
    }
    seat.given += loaded;
    if 0 < loaded {
        figures.note(Operation::Load, seat.peer.name(), round, each(total, loaded));
    }
    Ok(())
}

/// The nanoseconds of one entry, of something done to all that a peer holds.
fn over_all(seat: &mut Seat, work: impl FnOnce(&mut dyn Peer) -> Answer<()>) -> Answer<f64> {
    let taken = timed(|| work(&mut *seat.peer))?;
    Ok(taken.map(|((), taken)| each(taken, seat.given)))
}

/// The nanoseconds of one question of many.
fn over_each<Q, A>(
    peer: &mut Box<dyn Peer>,
    questions: &[Q],
    ask: impl Fn(&mut dyn Peer, &Q) -> Answer<A>,
) -> Answer<f64> {
    let questions = &questions[..questions.len().min(peer.questions_max())];
    let begun = Instant::now();
    for question in questions {
        if black_box(ask(&mut **peer, question)?).is_none() {
            return Ok(None);
        }
    }
    Ok(Some(each(begun.elapsed(), questions.len() as u64)))
}

/// Does something, and says how long it took, if it was done.
fn timed<T>(work: impl FnOnce() -> Answer<T>) -> Answer<(T, Duration)> {
    let begun = Instant::now();
    let done = work()?;
    Ok(done.map(|done| (done, begun.elapsed())))
}

fn each(taken: Duration, count: u64) -> f64 {
    taken.as_nanos() as f64 / count.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_the_nanoseconds_of_one() {
        assert_eq!(each(Duration::from_micros(3), 2).to_bits(), 1_500.0_f64.to_bits());
        assert_eq!(each(Duration::from_nanos(7), 0).to_bits(), 7.0_f64.to_bits());
    }
}
