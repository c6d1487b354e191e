//! What a witness decides about a checkpoint that is submitted to it (C2SP tlog-witness,
//! add-checkpoint). Must decide from what it is given alone, and sign nothing.

use crate::tlog::checkpoint::SignedCheckpoint;
use crate::tlog::hash::Hash;
use crate::tlog::note::VerifierKey;
use crate::tlog::proof::verify_consistency;
use crate::tlog::proof_file::ConsistencyFile;

/// The latest checkpoint of a log that a witness has cosigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latest {
    /// How many entries it commits to.
    pub size: u64,
    /// Their root.
    pub root: Hash,
}

/// What a witness knows of one log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownLog {
    /// The keys that it trusts for the log.
    pub keys: Vec<VerifierKey>,
    /// The latest that it has cosigned, if any.
    pub latest: Option<Latest>,
}

/// Why a checkpoint is not cosigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It cannot be read, or the old size is larger than the new one.
    BadRequest,
    /// The log is not known.
    UnknownLog,
    /// None of the log's keys has signed.
    NotSigned,
    /// The old size is not the latest one, or the root of the same size is another.
    Conflict {
        /// The size of the latest checkpoint that was cosigned.
        latest: u64,
    },
    /// The consistency proof does not verify.
    Inconsistent,
}

impl Refusal {
    /// The status of HTTP that says so.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::NotSigned => 403,
            Self::UnknownLog => 404,
            Self::Conflict { .. } => 409,
            Self::Inconsistent => 422,
        }
    }

    /// The body of the answer: after a conflict the size that is the latest, of type
    /// `text/x.tlog.size`.
    #[must_use]
    pub fn body(&self) -> String {
        match self {
            Self::Conflict { latest } => format!("{latest}\n"),
            _ => String::new(),
        }
    }
}

/// Decides whether the checkpoint of a request is cosigned; if it is, it is the latest from then on,
/// which has to be durable before the cosignature is given out. Deciding and keeping must be one
/// step, so that no two requests overtake each other.
///
/// # Errors
/// [`Refusal`].
pub fn decide(
    request: &str,
    log: impl FnOnce(&str) -> Option<KnownLog>,
) -> Result<SignedCheckpoint, Refusal> {
    let ConsistencyFile { from, proof, checkpoint: signed } =
        ConsistencyFile::parse(request).map_err(|_| Refusal::BadRequest)?;
    let checkpoint = signed.checkpoint();
    let log = log(&checkpoint.origin).ok_or(Refusal::UnknownLog)?;
    if signed.note().verify(&log.keys).is_err() {
        return Err(Refusal::NotSigned);
    }
    if checkpoint.size < from {
        return Err(Refusal::BadRequest);
    }
    let latest_size = log.latest.map_or(0, |latest| latest.size);
    let conflict = Refusal::Conflict { latest: latest_size };
    if from != latest_size {
        return Err(conflict);
    }
    let from_root = log.latest.map_or(checkpoint.root, |latest| latest.root);
    if from == checkpoint.size && from_root != checkpoint.root {
        return Err(conflict);
    }
    verify_consistency((from, from_root), (checkpoint.size, checkpoint.root), &proof)
        .map_err(|_| Refusal::Inconsistent)?;
    Ok(signed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlog::checkpoint::Checkpoint;
    use crate::tlog::hash::{leaf_hash, node_hash};
    use crate::tlog::note::SignerKey;

    const ORIGIN: &str = "a.example/log";

    fn key(seed: u8) -> SignerKey {
        SignerKey::from_seed(ORIGIN, &[seed; 32]).unwrap()
    }

    /// The roots of the trees of one and of two leaves.
    fn roots() -> [Hash; 2] {
        let [one, two] = [b"one", b"two"].map(|leaf| leaf_hash(leaf));
        [one, node_hash(&one, &two)]
    }

    fn request(from: u64, size: u64, root: Hash, proof: Vec<Hash>, seed: u8) -> String {
        let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size, root };
        let mut checkpoint = SignedCheckpoint::unsigned(checkpoint).unwrap();
        checkpoint.note_mut().sign(&key(seed));
        ConsistencyFile { from, proof, checkpoint }.to_string()
    }

    /// What a witness says that knows the log by key 1.
    fn decided(request: &str, latest: Option<Latest>) -> Result<u64, Refusal> {
        let keys = vec![key(1).verifier().clone()];
        let log = |origin: &str| (origin == ORIGIN).then_some(KnownLog { keys, latest });
        decide(request, log).map(|signed| signed.checkpoint().size)
    }

    #[test]
    fn each_case_of_the_specification_has_its_answer() {
        let [one, two] = roots();
        let second = || vec![leaf_hash(b"two")];
        let at = |size, root| Some(Latest { size, root });
        let other = leaf_hash(b"other");

        // The first that is seen of a log, and what follows.
        assert_eq!(decided(&request(0, 1, one, vec![], 1), None), Ok(1));
        assert_eq!(decided(&request(1, 2, two, second(), 1), at(1, one)), Ok(2));
        // The same again, for another cosignature.
        assert_eq!(decided(&request(2, 2, two, vec![], 1), at(2, two)), Ok(2));

        // 400: what cannot be read, and an old size that is larger than the new one.
        for wrong in ["", "old 1\n", "old x\n\nx", &request(0, 1, one, vec![], 1)[4..]] {
            assert_eq!(decided(wrong, None), Err(Refusal::BadRequest), "{wrong}");
        }
        let shrinks = request(2, 1, one, vec![], 1);
        assert_eq!(decided(&shrinks, at(2, two)), Err(Refusal::BadRequest));
        let long = request(1, 2, two, vec![one; 64], 1);
        assert_eq!(decided(&long, at(1, one)), Err(Refusal::BadRequest));
        // 404: a log that is not known, before its signature is looked at.
        let elsewhere = request(0, 1, one, vec![], 2).replace(ORIGIN, "b.example/log");
        assert_eq!(decided(&elsewhere, None), Err(Refusal::UnknownLog));
        // 403: signed by no known key.
        assert_eq!(decided(&request(0, 1, one, vec![], 2), None), Err(Refusal::NotSigned));
        // 409: the old size is not the latest one, zero included.
        for from in [0, 2] {
            let stale = decided(&request(from, 2, two, vec![], 1), at(1, one));
            assert_eq!(stale, Err(Refusal::Conflict { latest: 1 }));
        }
        let unseen = decided(&request(1, 2, two, second(), 1), None);
        assert_eq!(unseen, Err(Refusal::Conflict { latest: 0 }));
        // 409: as large as the latest, and another tree.
        let forked = decided(&request(2, 2, other, vec![], 1), at(2, two));
        assert_eq!(forked, Err(Refusal::Conflict { latest: 2 }));
        // 422: the proof does not verify, is missing, or is one too many.
        for (root, proof) in [(two, vec![other]), (other, second()), (two, vec![])] {
            let bad = decided(&request(1, 2, root, proof, 1), at(1, one));
            assert_eq!(bad, Err(Refusal::Inconsistent));
        }
        let needless = decided(&request(0, 1, one, vec![other], 1), None);
        assert_eq!(needless, Err(Refusal::Inconsistent));
    }

    #[test]
    fn a_refusal_has_the_status_and_body_of_the_specification() {
        let conflict = Refusal::Conflict { latest: 20_852_014 };
        assert_eq!((conflict.status(), conflict.body().as_str()), (409, "20852014\n"));
        for (refusal, status) in [
            (Refusal::BadRequest, 400),
            (Refusal::NotSigned, 403),
            (Refusal::UnknownLog, 404),
            (Refusal::Inconsistent, 422),
        ] {
            assert_eq!((refusal.status(), refusal.body().as_str()), (status, ""));
        }
    }

    #[test]
    fn signatures_of_unknown_keys_are_passed_over() {
        let [one, _] = roots();
        let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size: 1, root: one };
        let mut checkpoint = SignedCheckpoint::unsigned(checkpoint).unwrap();
        for seed in [3, 1, 2] {
            checkpoint.note_mut().sign(&key(seed));
        }
        let request = ConsistencyFile { from: 0, proof: Vec::new(), checkpoint }.to_string();
        assert_eq!(decided(&request, None), Ok(1));
    }
}
