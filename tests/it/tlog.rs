//! The transparency log beside others' code and others' vectors: proofs and the library `ct-merkle`,
//! notes of the specification, Tessera's test log. `tests/interop` does the same in Go.

use std::fs;
use std::path::Path;

use chancery::tlog::checkpoint::{Checkpoint, SignedCheckpoint};
use chancery::tlog::cosignature::WitnessSigner;
use chancery::tlog::hash::{Hash, leaf_hash};
use chancery::tlog::merkle::Tree;
use chancery::tlog::note::{Note, SignerKey, VerifierKey};
use chancery::tlog::proof::{
    consistency_proof, inclusion_proof, verify_consistency, verify_inclusion,
};
use chancery::tlog::tile::{Tile, write_bundle, write_tile};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use serde_json::Value;
use sha2::Sha256;

type Theirs = MemoryBackedTree<Sha256, Vec<u8>>;

fn vector(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/tlog").join(name);
    fs::read_to_string(path).unwrap()
}

fn grown(leaves: &[Hash]) -> Tree {
    let mut tree = Tree::default();
    leaves.iter().for_each(|leaf| tree.push(*leaf));
    tree
}

fn root(leaves: &[Hash]) -> Hash {
    grown(leaves).root()
}

fn hashes(bytes: &[u8]) -> Vec<Hash> {
    bytes.as_chunks::<32>().0.iter().map(|hash| Hash(*hash)).collect()
}

#[test]
fn proofs_are_those_of_another_library_for_every_size() {
    let size_max = if std::env::var_os("CHANCERY_LONG").is_some() { 300 } else { 70 };
    let entries: Vec<Vec<u8>> = (0..size_max).map(|n: u64| n.to_be_bytes().to_vec()).collect();
    let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    let mut theirs = Theirs::new();
    let mut roots = vec![Hash(*b"there is no tree of zero leaves.")];
    for size in 1..=size_max {
        let count = usize::try_from(size).unwrap();
        theirs.push(entries[count - 1].clone());
        let whole = root(&leaves[..count]);
        assert_eq!(whole.0, theirs.root().as_bytes()[..], "{size}");
        roots.push(whole);
        let tree = grown(&leaves[..count]);
        let mut subtree = |height, index| {
            tree.subtree_root((height, index), |range| {
                let [from, to] = [range.start, range.end].map(|at| usize::try_from(at).unwrap());
                Ok::<_, chancery::tlog::error::TlogError>(leaves[from..to].to_vec())
            })
        };
        for index in 0..size {
            let position = usize::try_from(index).unwrap();
            let ours = inclusion_proof(index, size, &mut subtree).unwrap();
            let proof = theirs.prove_inclusion(position);
            assert_eq!(ours, hashes(proof.as_bytes()), "{index} of {size}");
            assert_eq!(verify_inclusion(index, size, leaves[position], &ours, whole), Ok(()));
        }
        for from in 1..=size {
            let before = usize::try_from(from).unwrap();
            let ours = consistency_proof(from, size, &mut subtree).unwrap();
            let proof = theirs.prove_consistency(count - before);
            assert_eq!(ours, hashes(proof.as_bytes()), "{from} of {size}");
            let from = (from, roots[before]);
            assert_eq!(verify_consistency(from, (size, whole), &ours), Ok(()));
        }
    }
}

#[test]
fn the_note_of_the_specification_opens_and_no_other_text() {
    // C2SP signed-note, the example of the specification.
    let key =
        VerifierKey::parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k");
    let keys = [key.unwrap()];
    let note = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    let read = Note::parse(note).unwrap();
    assert_eq!(read.verify(&keys).unwrap(), [&keys[0]]);
    assert_eq!(read.to_string(), note);
    for at in 0..note.len() {
        let mut bytes = note.as_bytes().to_vec();
        bytes[at] ^= 1;
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let opened = Note::parse(&text).is_ok_and(|note| note.verify(&keys).is_ok());
        assert!(!opened, "byte {at}");
    }
}

#[test]
fn the_test_log_of_tessera_is_signed_with_the_same_bytes() {
    let log: Value = serde_json::from_str(&vector("tessera.json")).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let list = |name: &str| log[name].as_array().unwrap().iter().map(text).collect::<Vec<_>>();
    let signer = SignerKey::parse(&text(&log["signer"])).unwrap();
    assert_eq!(signer.verifier().to_string(), text(&log["verifier"]));
    let (entries, checkpoints) = (list("entries"), list("checkpoints"));
    let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry.as_bytes())).collect();
    assert_eq!((entries.len(), checkpoints.len()), (15, 16));
    for (size, theirs) in checkpoints.iter().enumerate() {
        let checkpoint = Checkpoint {
            origin: "example.com/log/testdata".to_owned(),
            size: size as u64,
            root: root(&leaves[..size]),
        };
        let mut ours = SignedCheckpoint::unsigned(checkpoint).unwrap();
        ours.note_mut().sign(&signer);
        assert_eq!(ours.to_string(), *theirs, "{size}");
        assert_eq!(SignedCheckpoint::parse(theirs).unwrap().verify(signer.verifier()), Ok(()));
    }
    let tile = Tile::in_tree(0, 0, 15).unwrap();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(hex(&write_tile(&leaves)), text(&log["tiles"][tile.path()]));
    let bundle = write_bundle(&entries).unwrap();
    assert_eq!(hex(&bundle), text(&log["bundles"][tile.entries_path()]));
}

/// The cosigned checkpoint that `tests/interop` verifies with others' code.
#[test]
fn the_cosigned_checkpoint_is_the_one_that_others_verify() {
    let expected: Value = serde_json::from_str(&vector("cosigned.json")).unwrap();
    let log = SignerKey::from_seed("a.example/log", &[1; 32]).unwrap();
    let witness = WitnessSigner::from_seed("witness.example/w1", &[2; 32]).unwrap();
    let checkpoint =
        Checkpoint { origin: "a.example/log".to_owned(), size: 1, root: leaf_hash(b"one") };
    let mut cosigned = SignedCheckpoint::unsigned(checkpoint).unwrap();
    cosigned.note_mut().sign(&log);
    let line = witness.cosign(&cosigned, 1_795_500_000);
    cosigned.note_mut().put(line);
    let vector = serde_json::json!({
        "log": log.verifier().to_string(),
        "witness": witness.verifier().to_string(),
        "checkpoint": cosigned.to_string(),
    });
    assert_eq!(vector, expected, "{vector:#}");
}

proptest! {
    /// Whatever bytes come from outside, they are read or refused.
    #[test]
    fn no_parser_panics(bytes in prop::collection::vec(any::<u8>(), 0..300), width in 1_u64..300) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let wrapped = format!("a.example/log\n1\n{text}\n\n\u{2014} a {text}\n");
        for text in [&text, &wrapped] {
            Note::parse(text).ok();
            SignedCheckpoint::parse(text).ok();
            VerifierKey::parse(text).ok();
            SignerKey::parse(text).ok();
            chancery::tlog::cosignature::WitnessKey::parse(text).ok();
            chancery::tlog::cosignature::read_answer(text).ok();
            chancery::tlog::policy::Policy::parse(text.as_bytes()).ok();
            chancery::tlog::proof_file::ProofFile::parse(text).ok();
            chancery::tlog::proof_file::ConsistencyFile::parse(text).ok();
            chancery::tlog::witness::decide(text, |_| None).ok();
        }
        let tile = Tile::in_tree(0, 0, width).unwrap();
        chancery::tlog::tile::read_tile(&tile, &bytes).ok();
        chancery::tlog::tile::read_bundle(&tile, &bytes).ok();
    }
}
