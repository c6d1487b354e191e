//! Group commit's rule, tried in every order in which threads can meet: nobody is told that an append
//! is durable before its own bytes are, everybody is told, and a failed sync is told to all whose
//! bytes it was to cover.
#![cfg(test)]

use std::sync::atomic::{AtomicUsize, Ordering};

use loom::sync::{Arc, Mutex};
use loom::thread;

mod desk {
    include!(concat!(env!("OUT_DIR"), "/desk.rs"));
}

use desk::Desk;

/// A disk: what was written, and how much of it a power cut would leave.
#[derive(Debug, Default)]
struct Disk {
    written: Vec<u32>,
    durable: usize,
    /// Which sync fails, the first being 1.
    fails: Option<usize>,
    syncs: usize,
}

impl Disk {
    fn sync(&mut self) -> Result<(), ()> {
        self.syncs += 1;
        if self.fails == Some(self.syncs) {
            return Err(());
        }
        self.durable = self.written.len();
        Ok(())
    }

    fn is_durable(&self, append: u32) -> bool {
        self.written.iter().take(self.durable).any(|written| *written == append)
    }
}

/// How many appends share one sync.
type Groups = Vec<usize>;

/// Appends as the ledger does: one write and one sync for all that wait.
fn append(desk: &Desk<u32, Result<u32, ()>, Groups>, disk: &Mutex<Disk>, what: u32) -> Result<u32, ()> {
    desk.ask(what, |groups, appends| {
        groups.push(appends.len());
        disk.lock().unwrap().written.extend(&appends);
        // Between the write and the sync the others go on.
        let synced = disk.lock().unwrap().sync();
        appends.into_iter().map(|append| synced.map(|()| append)).collect()
    })
}

fn model(check: impl Fn() + Sync + Send + 'static) -> usize {
    static TRIED: AtomicUsize = AtomicUsize::new(0);
    let before = TRIED.load(Ordering::SeqCst);
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(move || {
        TRIED.fetch_add(1, Ordering::SeqCst);
        check();
    });
    TRIED.load(Ordering::SeqCst) - before
}

/// Lets three threads append one thing each, and looks at what each is told.
fn three_appends(fails: Option<usize>) {
    let desk = Arc::new(Desk::new(Groups::new()));
    let disk = Arc::new(Mutex::new(Disk { fails, ..Disk::default() }));
    let one = |what: u32| {
        let (desk, disk) = (Arc::clone(&desk), Arc::clone(&disk));
        move || {
            let told = append(&desk, &disk, what);
            if let Ok(told) = told {
                assert_eq!(told, what, "it is told of another's append");
                assert!(disk.lock().unwrap().is_durable(what), "it is told before it is durable");
            }
            told
        }
    };
    let others = [thread::spawn(one(1)), thread::spawn(one(2))];
    let mut told = vec![one(3)()];
    told.extend(others.map(|other| other.join().unwrap()));
    let groups = desk.tools().clone();
    assert_eq!(groups.iter().sum::<usize>(), 3, "each append is served once");
    let refused = told.iter().filter(|told| told.is_err()).count();
    let failed = fails.and_then(|nth| groups.get(nth - 1)).copied().unwrap_or(0);
    assert_eq!(refused, failed, "a failed sync is told to those that it was to cover, and no other");
}

#[test]
fn nobody_is_told_before_his_own_bytes_are_durable_and_everybody_is_told() {
    let tried = model(|| three_appends(None));
    println!("{tried} orders of three appends");
    assert!(100 < tried, "{tried}");
}

#[test]
fn a_failed_sync_is_told_to_all_whose_bytes_it_was_to_cover() {
    for nth in 1..=2 {
        let tried = model(move || three_appends(Some(nth)));
        println!("{tried} orders of three appends, sync {nth} failing");
        assert!(100 < tried, "{tried}");
    }
}

#[test]
fn who_signs_a_checkpoint_meanwhile_sees_no_append_half_done() {
    let tried = model(|| {
        let desk = Arc::new(Desk::new(Groups::new()));
        let disk = Arc::new(Mutex::new(Disk::default()));
        let (other_desk, other_disk) = (Arc::clone(&desk), Arc::clone(&disk));
        let signer = thread::spawn(move || {
            let _turn = other_desk.tools();
            let disk = other_disk.lock().unwrap();
            assert_eq!(disk.durable, disk.written.len(), "it signs what may be lost");
        });
        let (second_desk, second_disk) = (Arc::clone(&desk), Arc::clone(&disk));
        let second = thread::spawn(move || append(&second_desk, &second_disk, 2));
        append(&desk, &disk, 1).unwrap();
        second.join().unwrap().unwrap();
        signer.join().unwrap();
    });
    println!("{tried} orders of two appends and a signature");
    assert!(100 < tried, "{tried}");
}
