//! What every storage promises, told once and held against each of them.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use chancery::disk::error::DiskError;
use chancery::disk::faulty::{Call, Fault, Faulty, Outcome, PowerCut};
use chancery::disk::memory::Memory;
use chancery::disk::real::Folder;
use chancery::disk::storage::Storage;

/// Runs a story on an empty storage of each kind.
fn on_each(story: impl Fn(&dyn Storage)) {
    let folder = tempfile::tempdir().unwrap();
    story(&Folder::open(folder.path()).unwrap());
    story(&Memory::default());
    story(&Faulty::new(Memory::default()));
}

#[test]
fn what_is_written_is_read_back_in_whole_and_in_parts() {
    on_each(|storage| {
        storage.create("a", b"0123").unwrap();
        storage.write_at("a", 4, b"4567").unwrap();
        storage.write_at("a", 2, b"xy").unwrap();
        storage.sync("a").unwrap();
        assert_eq!(storage.length("a").unwrap(), 8);
        assert_eq!(storage.read("a", 8).unwrap(), b"01xy4567");
        assert_eq!(storage.read_at("a", 3, 2).unwrap(), b"y4");
        assert_eq!(storage.read_at("a", 6, usize::MAX).unwrap(), b"67");
        assert_eq!(storage.read_at("a", 9, 1).unwrap(), b"");
        storage.truncate("a", 3).unwrap();
        assert_eq!(storage.read("a", 8).unwrap(), b"01x");
    });
}

#[test]
fn a_write_leaves_no_hole_and_cutting_never_lengthens() {
    on_each(|storage| {
        storage.create("a", b"01").unwrap();
        assert!(matches!(storage.write_at("a", 3, b"3"), Err(DiskError::Other { .. })));
        assert!(matches!(storage.truncate("a", 3), Err(DiskError::Other { .. })));
        assert_eq!(storage.read("a", 8).unwrap(), b"01");
    });
}

#[test]
fn a_file_longer_than_the_reader_holds_is_refused() {
    on_each(|storage| {
        storage.create("a", b"0123").unwrap();
        let refused = storage.read("a", 3);
        assert!(matches!(refused, Err(DiskError::TooLong { bytes_max: 3, .. })));
    });
}

#[test]
fn a_file_is_created_once_and_replaced_at_will() {
    on_each(|storage| {
        storage.create("a", b"first").unwrap();
        let again = storage.create("a", b"second");
        assert!(matches!(again, Err(DiskError::AlreadyExists { .. })));
        assert_eq!(storage.read("a", 9).unwrap(), b"first");
        storage.replace("a", b"third").unwrap();
        storage.replace("b", b"new").unwrap();
        assert_eq!(storage.read("a", 9).unwrap(), b"third");
        storage.write_at("a", 5, b"!").unwrap();
        assert_eq!(storage.read("a", 9).unwrap(), b"third!");
        assert_eq!(storage.list("").unwrap(), ["a", "b"]);
    });
}

#[test]
fn folders_hold_files_and_names_are_listed_in_order() {
    on_each(|storage| {
        let absent = storage.create("quarantine/x", b"");
        assert!(matches!(absent, Err(DiskError::NotFound { .. })));
        storage.create_folder("quarantine").unwrap();
        storage.create_folder("quarantine").unwrap();
        storage.create("quarantine/x", b"tail").unwrap();
        storage.create("b", b"").unwrap();
        storage.create("a", b"").unwrap();
        storage.sync_folder("quarantine").unwrap();
        storage.sync_folder("").unwrap();
        assert_eq!(storage.list("").unwrap(), ["a", "b", "quarantine"]);
        assert_eq!(storage.list("quarantine").unwrap(), ["x"]);
        assert!(storage.exists("quarantine/x").unwrap());
        assert!(storage.exists("quarantine").unwrap());
        storage.remove("quarantine/x").unwrap();
        assert!(!storage.exists("quarantine/x").unwrap());
    });
}

#[test]
fn what_is_absent_is_said_to_be_absent() {
    on_each(|storage| {
        assert!(!storage.exists("a").unwrap());
        let refusals = [
            storage.read("a", 9).map(drop),
            storage.length("a").map(drop),
            storage.list("a").map(drop),
            storage.write_at("a", 0, b"x"),
            storage.sync("a"),
            storage.truncate("a", 0),
            storage.remove("a"),
            storage.sync_folder("a"),
        ];
        for refusal in refusals {
            let error = refusal.unwrap_err();
            assert!(matches!(error, DiskError::NotFound { .. }), "{error:?}");
            assert!(error.path().ends_with("a"));
        }
    });
}

#[test]
fn the_lock_refuses_a_second_holder_until_it_is_dropped() {
    on_each(|storage| {
        assert!(!storage.is_locked().unwrap());
        let held = storage.lock().unwrap();
        assert!(matches!(storage.lock(), Err(DiskError::Locked { .. })));
        assert!(storage.is_locked().unwrap());
        drop(held);
        assert!(!storage.is_locked().unwrap());
        drop(storage.lock().unwrap());
    });
}

#[test]
fn the_lock_is_of_the_folder_and_not_of_the_one_who_opened_it() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = [(); 2].map(|()| Folder::open(folder.path()).unwrap());
    let held = first.lock().unwrap();
    assert!(second.is_locked().unwrap());
    let refusal = second.lock().unwrap_err();
    assert_eq!(refusal.path(), folder.path().join(".lock"));
    drop(held);
    assert!(folder.path().join(".lock").exists(), "the lock file is never deleted");
    drop(second.lock().unwrap());

    let memory = Memory::default();
    let held = memory.lock().unwrap();
    assert!(matches!(memory.clone().lock(), Err(DiskError::Locked { .. })));
    assert!(!memory.copy().is_locked().unwrap());
    drop(held);
}

#[test]
fn a_folder_that_is_a_file_or_is_absent_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "x").unwrap();
    assert!(matches!(Folder::open(&path), Err(DiskError::NotADirectory { .. })));
    assert!(matches!(Folder::create(path.join("below")), Err(DiskError::NotADirectory { .. })));
    let absent = Folder::open(folder.path().join("absent")).unwrap_err();
    let text = format!("{} does not exist", folder.path().join("absent").display());
    assert_eq!(absent.to_string(), text);
}

#[test]
fn a_folder_is_created_with_those_above_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some/new/place");
    assert_eq!(Folder::create(&path).unwrap().path(), path);
    assert!(path.is_dir());
    Folder::create(&path).unwrap();
}

#[test]
fn names_never_lead_out_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Folder::open(folder.path()).unwrap();
    for name in ["../x", "/x", "a/../../x", "a//b", "."] {
        assert!(matches!(storage.create(name, b""), Err(DiskError::Other { .. })), "{name}");
    }
    assert!(!Path::new("/x").exists());
}

fn fault(call: Call, outcome: Outcome) -> Fault {
    Fault { call: Some(call), nth: 1, outcome, error: ErrorKind::Other }
}

#[test]
fn a_power_cut_loses_what_was_not_synced() {
    let storage = Faulty::new(Memory::default());
    storage.create("a", b"kept").unwrap();
    storage.write_at("a", 4, b" lost").unwrap();
    let found = storage.after_power_cut(PowerCut::UnsyncedLost);
    assert_eq!(found.bytes("a").unwrap(), b"kept");
    storage.sync("a").unwrap();
    let found = storage.after_power_cut(PowerCut::UnsyncedLost);
    assert_eq!(found.bytes("a").unwrap(), b"kept lost");
}

#[test]
fn a_power_cut_tears_at_blocks_and_leaves_zeros() {
    let storage = Faulty::new(Memory::default());
    storage.create("a", &[1; 500]).unwrap();
    storage.write_at("a", 500, &[2; 600]).unwrap();
    let found = storage.after_power_cut(PowerCut::Torn { kept: 0b101 }).bytes("a").unwrap();
    assert_eq!(found, [vec![1; 500], vec![2; 12], vec![0; 512], vec![2; 76]].concat());
}

#[test]
fn after_a_failed_sync_only_writing_again_makes_bytes_durable() {
    let storage = Faulty::new(Memory::default());
    storage.create("a", b"").unwrap();
    storage.write_at("a", 0, b"tail").unwrap();
    storage.arm(fault(Call::Sync, Outcome::Failed));
    storage.sync("a").unwrap_err();
    storage.sync("a").unwrap();
    let found = storage.after_power_cut(PowerCut::UnsyncedLost);
    assert_eq!(found.bytes("a").unwrap(), [0; 4], "the kernel held the block as clean");
    storage.write_at("a", 0, b"tail").unwrap();
    storage.sync("a").unwrap();
    let found = storage.after_power_cut(PowerCut::UnsyncedLost);
    assert_eq!(found.bytes("a").unwrap(), b"tail");
}

#[test]
fn a_failing_call_does_nothing_something_or_everything() {
    for (outcome, left) in
        [(Outcome::Failed, &b"a"[..]), (Outcome::Short(2), b"abc"), (Outcome::Persisted, b"abcd")]
    {
        let storage = Faulty::new(Memory::default());
        storage.create("a", b"a").unwrap();
        storage.arm(fault(Call::Write, outcome));
        assert!(storage.is_armed());
        storage.write_at("a", 1, b"bcd").unwrap_err();
        assert!(!storage.is_armed());
        assert_eq!(storage.memory().bytes("a").unwrap(), left);
    }
}

#[test]
fn a_name_is_durable_once_its_folder_is_synced() {
    let storage = Faulty::new(Memory::default());
    storage.arm(fault(Call::Create, Outcome::Short(9)));
    storage.create("a", b"whole").unwrap_err();
    assert_eq!(storage.after_power_cut(PowerCut::UnsyncedLost).bytes("a"), None);
    storage.create("b", b"whole").unwrap();
    storage.remove("b").unwrap();
    let found = storage.after_power_cut(PowerCut::UnsyncedLost);
    assert_eq!(found.bytes("b").unwrap(), b"whole", "the removal was not durable");
    storage.sync_folder("").unwrap();
    let found = storage.after_power_cut(PowerCut::UnsyncedLost);
    assert_eq!((found.bytes("a").unwrap(), found.bytes("b")), (vec![], None));
}

#[test]
fn what_is_seen_and_not_durable_may_be_gone_with_the_power_or_not() {
    let storage = Faulty::new(Memory::default());
    storage.create("a", b"old").unwrap();
    let both = || {
        [PowerCut::UnsyncedLost, PowerCut::Torn { kept: 0 }]
            .map(|cut| ["a", "b"].map(|name| storage.after_power_cut(cut).bytes(name)))
    };
    let is = |bytes: &str| Some(bytes.as_bytes().to_vec());
    storage.arm(fault(Call::Replace, Outcome::Seen));
    storage.replace("a", b"new").unwrap_err();
    storage.arm(fault(Call::Create, Outcome::Seen));
    storage.create("b", b"made").unwrap_err();
    assert_eq!(both(), [[is("old"), None], [is("new"), is("made")]]);
    storage.sync("a").unwrap();
    assert_eq!(both()[0], [is("old"), None], "a file was synced, and its name was not");
    storage.sync_folder("").unwrap();
    assert_eq!(both(), [[is("new"), is("made")], [is("new"), is("made")]]);
}

#[test]
fn what_a_sync_lied_about_no_later_one_writes() {
    let storage = Faulty::new(Memory::default());
    storage.create("a", &[1; 512]).unwrap();
    storage.write_at("a", 512, &[2; 512]).unwrap();
    storage.lie(0..1);
    storage.sync("a").unwrap();
    storage.write_at("a", 1_024, &[3; 512]).unwrap();
    storage.sync("a").unwrap();
    let found = |cut| storage.after_power_cut(cut).bytes("a").unwrap();
    let hole = [vec![1; 512], vec![0; 512], vec![3; 512]].concat();
    assert_eq!(found(PowerCut::UnsyncedLost), hole);
    assert_eq!(found(PowerCut::Torn { kept: 1 }), storage.memory().bytes("a").unwrap());
    // A block that is written again is written by the next sync.
    storage.write_at("a", 600, &[2]).unwrap();
    storage.sync("a").unwrap();
    assert_eq!(Some(found(PowerCut::UnsyncedLost)), storage.memory().bytes("a"));
    storage.lie(1..2);
    storage.replace("a", b"new").unwrap();
    storage.replace("a", b"newer").unwrap();
    assert_eq!(found(PowerCut::UnsyncedLost), b"new");
    assert_eq!(found(PowerCut::Torn { kept: 0 }), [0; 5]);
}

#[test]
fn a_lock_is_free_at_once_even_while_the_program_starts_others() {
    let folder = tempfile::tempdir().unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let mut other = Command::new(env!("CARGO_BIN_EXE_chancery"));
                other.arg("--version").stdout(Stdio::null()).status().unwrap();
            }
        });
        let storage = Folder::open(folder.path()).unwrap();
        let taken = (0..20_000).all(|_| {
            let is_free = storage.lock().is_ok();
            is_free && !storage.is_locked().unwrap()
        });
        done.store(true, Ordering::Relaxed);
        assert!(taken, "the lock outlived its guard");
    });
}
