//! What is published: exactly what the checkpoint commits to, once.

use std::collections::BTreeMap;
use std::io;

use chancery::disk::faulty::{Fault, Faulty, Outcome, PowerCut};
use chancery::disk::memory::Memory;
use chancery::domain::sequence::{Sequence, Size};
use chancery::ledger::checkpoint::{CHECKPOINT_NAME, KEY_NAME};
use chancery::publish::error::{PublishError, PublishKind};
use chancery::publish::folder::publish;
use chancery::tlog::note::SignerKey;

use super::{again, clone_from, copied, desk, folder, grow, key, publish_to, published};
use crate::desk::{Desk, context, draft, stop};

fn names(target: &Memory) -> Vec<String> {
    target.files().into_keys().collect()
}

#[test]
fn what_the_checkpoint_commits_to_is_published_and_no_more() {
    let desk = desk(600);
    desk.ledger.append(vec![draft(context("Not signed yet"))], &stop()).unwrap();
    let target = published(&desk);
    assert_eq!(
        names(&target),
        [
            "checkpoint",
            "key.pub",
            "tile/0/000",
            "tile/0/001",
            "tile/0/002.p/88",
            "tile/1/000.p/2",
            "tile/entries/000",
            "tile/entries/001",
            "tile/entries/002.p/88",
        ]
    );
    for name in [CHECKPOINT_NAME, KEY_NAME] {
        assert_eq!(target.bytes(name), desk.storage.bytes(name), "{name}");
    }
    let bundle = target.bytes("tile/entries/000").unwrap();
    let opening = desk.ledger.entry_bytes(Sequence(0)).unwrap();
    let length = u16::try_from(opening.len()).unwrap().to_be_bytes();
    assert!(bundle.starts_with(&[&length[..], &opening].concat()));
}

#[test]
fn publishing_again_adds_what_is_new_and_changes_nothing() {
    let desk = desk(300);
    let target = published(&desk);
    let mut kept: BTreeMap<_, _> = target.files();
    assert_eq!(publish_to(&desk, &target).unwrap().files_written, 0);
    for size in [301, 511, 512, 513, 700] {
        grow(&desk.ledger, size, "An event");
        let before = publish_to(&desk, &target).unwrap();
        assert!(0 < before.files_written);
        assert_eq!(before.checkpoint.checkpoint().size, size);
        kept.remove(CHECKPOINT_NAME);
        let files = target.files();
        for (name, bytes) in &kept {
            assert_eq!(files.get(name), Some(bytes), "{name} at {size}");
        }
        kept = files;
        copied(&target);
    }
    assert!(kept.contains_key("tile/0/001.p/44") && kept.contains_key("tile/0/002.p/1"));
}

#[test]
fn a_folder_that_is_no_prefix_is_refused_and_left_as_it_is() {
    let desk = desk(300);
    let early = again(&desk);
    let refused = |desk: &Desk, target: &Memory| {
        let before = target.files();
        let error = publish_to(desk, target).unwrap_err();
        assert_eq!(target.files(), before, "{error}");
        assert_eq!(error.kind(), PublishKind::Refused, "{error}");
        assert!(error.hint().is_some());
        error
    };
    grow(&desk.ledger, 310, "An event");
    let target = published(&desk);
    assert!(matches!(
        refused(&early, &target),
        PublishError::Newer { published: Size(310), size: Size(300) }
    ));
    grow(&early.ledger, 320, "Another history");
    assert!(matches!(refused(&early, &target), PublishError::NoPrefix { published: Size(310) }));

    let rubbish = Memory::default();
    rubbish.set_bytes(CHECKPOINT_NAME, "rubbish");
    assert!(matches!(refused(&desk, &rubbish), PublishError::Foreign { .. }));
    let others = SignerKey::from_seed("a.example/desk", &[8; 32]).unwrap();
    let mut foreign = desk.ledger.vouchers().checkpoint.clone().unwrap();
    let unsigned =
        chancery::tlog::checkpoint::SignedCheckpoint::unsigned(foreign.checkpoint().clone());
    foreign = unsigned.unwrap();
    foreign.note_mut().sign(&others);
    rubbish.set_bytes(CHECKPOINT_NAME, foreign.to_string());
    assert!(matches!(refused(&desk, &rubbish), PublishError::Foreign { .. }));

    let touched = Memory::default();
    touched.set_bytes("tile/0/000", "rubbish");
    let error = refused(&desk, &touched);
    assert!(matches!(&error, PublishError::Changed { name } if name == "tile/0/000"), "{error}");
    assert!(matches!(refused(&desk, &desk.storage), PublishError::HoldsALedger));
    assert!(matches!(refused(&Desk::new(), &Memory::default()), PublishError::NoCheckpoint));
}

#[test]
fn wherever_publishing_fails_what_is_visible_is_whole_and_a_second_attempt_ends_it() {
    let desk = desk(270);
    let early = published(&desk);
    grow(&desk.ledger, 520, "An event");
    for start in [Memory::default(), early] {
        let mut cases = 0;
        let error = io::ErrorKind::StorageFull;
        for outcome in [Outcome::Failed, Outcome::Persisted, Outcome::Seen, Outcome::Short(7)] {
            for nth in 1.. {
                let target = Faulty::new(start.copy());
                target.arm(Fault { call: None, nth, outcome, error });
                let failed = publish(&desk.ledger, &target, &mut |_| {});
                if target.is_armed() {
                    assert!(failed.is_ok());
                    break;
                }
                failed.unwrap_err();
                // The power goes or stays, and another attempt fails before one is left alone.
                let cuts = [PowerCut::UnsyncedLost, PowerCut::Torn { kept: 0 }];
                let found = cuts.map(|cut| Faulty::new(target.after_power_cut(cut)));
                for left in found.into_iter().chain([target]) {
                    let visible = left.memory();
                    if visible.bytes(CHECKPOINT_NAME).is_some() {
                        clone_from(&folder(visible), &Memory::default()).unwrap();
                    }
                    left.arm(Fault { call: None, nth: 1 + nth * 7 % 23, outcome, error });
                    publish(&desk.ledger, &left, &mut |_| {}).ok();
                    left.disarm();
                    publish(&desk.ledger, &left, &mut |_| {}).unwrap();
                    let copy = copied(&left.after_power_cut(PowerCut::UnsyncedLost));
                    let of_ledger = desk.storage.bytes(CHECKPOINT_NAME);
                    assert_eq!(copy.bytes(CHECKPOINT_NAME), of_ledger, "{outcome:?} {nth}");
                    cases += 1;
                }
            }
        }
        assert!(20 < cases, "{cases}");
    }
    assert_eq!(key().verifier().name(), desk.ledger.origin().as_str());
}
