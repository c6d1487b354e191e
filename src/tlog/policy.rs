//! Trust policies (C2SP tlog-policy): which logs are known, which witnesses, and how many of them
//! must have cosigned. Must judge only by the keys that the policy lists.
#![deny(clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};

use crate::tlog::checkpoint::{SignedCheckpoint, decimal};
use crate::tlog::cosignature::WitnessKey;
use crate::tlog::error::TlogError;
use crate::tlog::note::VerifierKey;

/// The most that a policy is read of.
pub const POLICY_BYTES_MAX: usize = 1 << 20;

/// A log that a policy knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyLog {
    /// Its key.
    pub key: VerifierKey,
    /// Where it is found.
    pub url: Option<String>,
}

/// A witness that a policy knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyWitness {
    /// Its name within the policy.
    pub name: String,
    /// Its key.
    pub key: WitnessKey,
    /// Where checkpoints are submitted to it.
    pub url: Option<String>,
}

/// What must have cosigned.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Quorum {
    None,
    Witness(usize),
    AtLeast(usize, Vec<Quorum>),
}

/// A policy.
///
/// It looks like this, with keys in place of …:
/// ```text
/// log chancery.example/reference+ce912926+…
/// witness X1 x1.example+…  https://x1.example
/// witness X2 x2.example+…
/// group X any X1 X2
/// quorum X
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<PolicyLog>,
    witnesses: Vec<PolicyWitness>,
    quorum: Quorum,
}

/// A checkpoint that a policy finds valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witnessed {
    /// The log's key, when the policy lists logs.
    pub log: Option<VerifierKey>,
    /// The witnesses that have cosigned, by their names in the policy, with the time in seconds
    /// since 1970.
    pub by: Vec<(String, u64)>,
}

/// The names defined so far, and what has been read with them.
#[derive(Debug, Default)]
struct Reading {
    logs: Vec<PolicyLog>,
    witnesses: Vec<PolicyWitness>,
    names: BTreeMap<String, Quorum>,
    /// The names that are members of a group already.
    members: BTreeSet<String>,
    quorum: Option<Quorum>,
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// [`TlogError::PolicyLine`] with the line that is wrong, the last one when something is missing.
    pub fn parse(bytes: &[u8]) -> Result<Self, TlogError> {
        let wrong = |line, reason| TlogError::PolicyLine { line, reason };
        if POLICY_BYTES_MAX < bytes.len() {
            return Err(wrong(1, "the policy is longer than 1 MiB"));
        }
        let mut reading = Reading::default();
        let mut last = 1;
        for (line, bytes) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
            last = line;
            if bytes.iter().any(|byte| *byte == 0x7F || (*byte < b' ' && *byte != b'\t')) {
                return Err(wrong(line, "it holds a control character"));
            }
            let words: Vec<String> = bytes
                .split(|byte| matches!(byte, b' ' | b'\t'))
                .filter(|word| !word.is_empty())
                .map(opaque)
                .collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            reading.take(&words).map_err(|reason| wrong(line, reason))?;
        }
        let quorum = reading.quorum.ok_or_else(|| wrong(last, "no quorum line"))?;
        Ok(Self { logs: reading.logs, witnesses: reading.witnesses, quorum })
    }

    /// The logs that are known; empty where the log is known otherwise.
    #[must_use]
    pub fn logs(&self) -> &[PolicyLog] {
        &self.logs
    }

    /// The witnesses that are known.
    #[must_use]
    pub fn witnesses(&self) -> &[PolicyWitness] {
        &self.witnesses
    }

    /// Judges a checkpoint: signed by one of the logs, where any are listed, and cosigned by a
    /// quorum.
    ///
    /// # Errors
    /// [`TlogError::NoPolicyLog`], [`TlogError::QuorumMissed`], and [`TlogError::BadSignature`] when
    /// a line of a listed key does not verify.
    pub fn judge(&self, checkpoint: &SignedCheckpoint) -> Result<Witnessed, TlogError> {
        let log = match self.logs.as_slice() {
            [] => None,
            logs => Some(log_of(logs, checkpoint)?.clone()),
        };
        let mut by = Vec::new();
        let mut cosigned = BTreeSet::new();
        for (number, witness) in self.witnesses.iter().enumerate() {
            if let Some(cosignature) = witness.key.cosignature(checkpoint)? {
                by.push((witness.name.clone(), cosignature.timestamp));
                cosigned.insert(number);
            }
        }
        if self.quorum.is_reached(&cosigned) {
            Ok(Witnessed { log, by })
        } else {
            Err(TlogError::QuorumMissed { by: by.into_iter().map(|(name, _)| name).collect() })
        }
    }
}

fn log_of<'p>(
    logs: &'p [PolicyLog],
    checkpoint: &SignedCheckpoint,
) -> Result<&'p VerifierKey, TlogError> {
    let origin = &checkpoint.checkpoint().origin;
    let unknown = || TlogError::NoPolicyLog { origin: origin.clone() };
    for log in logs.iter().filter(|log| log.key.name() == origin) {
        match checkpoint.verify(&log.key) {
            Ok(()) => return Ok(&log.key),
            Err(TlogError::NotSigned) => {}
            Err(error) => return Err(error),
        }
    }
    Err(unknown())
}

/// Names are octets: those that are no UTF-8 stay apart from each other and from those that are.
fn opaque(word: &[u8]) -> String {
    let is_plain = |text: &str| !text.contains('\u{FFFD}');
    match std::str::from_utf8(word) {
        Ok(text) if is_plain(text) => text.to_owned(),
        _ => word.iter().map(|byte| format!("\u{FFFD}{byte:02x}")).collect(),
    }
}

impl Quorum {
    fn is_reached(&self, cosigned: &BTreeSet<usize>) -> bool {
        match self {
            Self::None => true,
            Self::Witness(number) => cosigned.contains(number),
            Self::AtLeast(count_min, members) => {
                let reached = members.iter().filter(|member| member.is_reached(cosigned));
                *count_min <= reached.count()
            }
        }
    }
}

impl Reading {
    fn take(&mut self, words: &[&str]) -> Result<(), &'static str> {
        match words {
            [] => Ok(()),
            [first, ..] if first.starts_with('#') => Ok(()),
            ["log", key] => self.log(key, None),
            ["log", key, url] => self.log(key, Some(url)),
            ["log", ..] => Err("a log is written: log KEY [URL]"),
            ["witness", name, key] => self.witness(name, key, None),
            ["witness", name, key, url] => self.witness(name, key, Some(url)),
            ["witness", ..] => Err("a witness is written: witness NAME KEY [URL]"),
            ["group", name, threshold, members @ ..] => self.group(name, threshold, members),
            ["group", ..] => Err("a group is written: group NAME all|any|COUNT MEMBER…"),
            ["quorum", name] => self.quorum(name),
            ["quorum", ..] => Err("a quorum is written: quorum NAME"),
            _ => Err("a line begins with log, witness, group or quorum"),
        }
    }

    fn log(&mut self, key: &str, url: Option<&str>) -> Result<(), &'static str> {
        let key = VerifierKey::parse(key).map_err(|_| "this is no key of a log (type 0x01)")?;
        if self.logs.iter().any(|log| log.key.bytes() == key.bytes()) {
            return Err("another line lists this key of a log");
        }
        self.logs.push(PolicyLog { key, url: url.map(str::to_owned) });
        Ok(())
    }

    fn witness(&mut self, name: &str, key: &str, url: Option<&str>) -> Result<(), &'static str> {
        let key = WitnessKey::parse(key)
            .map_err(|_| "this is no key of a witness (Ed25519 cosignatures, type 0x04)")?;
        if self.witnesses.iter().any(|witness| witness.key.bytes() == key.bytes()) {
            return Err("another line lists this key of a witness");
        }
        self.define(name, Quorum::Witness(self.witnesses.len()))?;
        let url = url.map(str::to_owned);
        self.witnesses.push(PolicyWitness { name: name.to_owned(), key, url });
        Ok(())
    }

    fn group(&mut self, name: &str, threshold: &str, members: &[&str]) -> Result<(), &'static str> {
        let count_min = match threshold {
            "all" => members.len(),
            "any" => 1,
            count => decimal(count)
                .and_then(|count| usize::try_from(count).ok())
                .ok_or("the threshold is all, any or a number")?,
        };
        if members.is_empty() {
            return Err("a group has at least one member");
        }
        if !(1..=members.len()).contains(&count_min) {
            return Err("the threshold is not from 1 to the number of members");
        }
        let mut quorums = Vec::new();
        for member in members {
            let quorum = self.names.get(*member).ok_or("a member is defined on no line above")?;
            if !self.members.insert((*member).to_owned()) {
                return Err("a member belongs to a group already");
            }
            quorums.push(quorum.clone());
        }
        self.define(name, Quorum::AtLeast(count_min, quorums))
    }

    fn quorum(&mut self, name: &str) -> Result<(), &'static str> {
        if self.quorum.is_some() {
            return Err("there is a quorum line already");
        }
        let quorum = match name {
            "none" => Some(&Quorum::None),
            name => self.names.get(name),
        };
        self.quorum = Some(quorum.ok_or("the name is defined on no line above")?.clone());
        Ok(())
    }

    fn define(&mut self, name: &str, quorum: Quorum) -> Result<(), &'static str> {
        if name == "none" {
            return Err("the name none is taken");
        }
        if self.names.insert(name.to_owned(), quorum).is_some() {
            return Err("the name is defined already");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tlog::checkpoint::Checkpoint;
    use crate::tlog::cosignature::WitnessSigner;
    use crate::tlog::hash::empty_root;
    use crate::tlog::note::SignerKey;

    fn witness(seed: u8) -> WitnessSigner {
        WitnessSigner::from_seed(&format!("w{seed}.example"), &[seed; 32]).unwrap()
    }

    fn log() -> SignerKey {
        SignerKey::from_seed("a.example/log", &[99; 32]).unwrap()
    }

    /// A signed checkpoint, cosigned by some witnesses.
    fn cosigned(by: &[u8]) -> SignedCheckpoint {
        let checkpoint =
            Checkpoint { origin: "a.example/log".to_owned(), size: 0, root: empty_root() };
        let mut signed = SignedCheckpoint::unsigned(checkpoint).unwrap();
        signed.note_mut().sign(&log());
        for seed in by {
            let line = witness(*seed).cosign(&signed, u64::from(*seed));
            signed.note_mut().put(line);
        }
        signed
    }

    /// The example of the specification, with keys 1 to 6.
    fn example() -> String {
        let mut text = format!("log {}\n\n", log().verifier());
        for (seed, name) in (1..).zip(["X1", "X2", "X3", "Y1", "Y2", "Y3"]) {
            text.push_str(&format!("witness {name} {}\n", witness(seed).verifier()));
        }
        text + "group X-witnesses 2 X1 X2 X3\n group\tY-witnesses any Y1 Y2 Y3 \n# both\n\
                group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n"
    }

    #[test]
    fn the_example_of_the_specification_wants_two_of_one_group_and_one_of_the_other() {
        let policy = Policy::parse(example().as_bytes()).unwrap();
        assert_eq!((policy.logs().len(), policy.witnesses().len()), (1, 6));
        for all in 0_u8..64 {
            let by: Vec<u8> = (1..=6).filter(|seed| all >> (seed - 1) & 1 == 1).collect();
            let (x, y) = (by.iter().filter(|seed| **seed <= 3).count(), by.iter().any(|s| 3 < *s));
            let judged = policy.judge(&cosigned(&by));
            match judged {
                Ok(witnessed) => {
                    assert!(2 <= x && y, "{by:?}");
                    assert_eq!(witnessed.log.as_ref(), Some(log().verifier()));
                    assert_eq!(witnessed.by.len(), by.len());
                }
                Err(TlogError::QuorumMissed { by: named }) => {
                    assert!(x < 2 || !y, "{by:?}");
                    assert_eq!(named.len(), by.len());
                }
                Err(other) => panic!("{other}"),
            }
        }
    }

    #[test]
    fn a_quorum_may_be_one_witness_or_nobody() {
        let key = witness(1).verifier().clone();
        let one = format!("witness X {key} https://w1.example\nquorum X");
        let one = Policy::parse(one.as_bytes()).unwrap();
        assert_eq!(one.witnesses()[0].url.as_deref(), Some("https://w1.example"));
        assert_eq!(one.judge(&cosigned(&[1])).unwrap().by, [("X".to_owned(), 1)]);
        let missed = Err(TlogError::QuorumMissed { by: Vec::new() });
        assert_eq!(one.judge(&cosigned(&[2])), missed);
        let nobody = Policy::parse(b"quorum none\n").unwrap();
        assert_eq!(nobody.judge(&cosigned(&[])), Ok(Witnessed { log: None, by: Vec::new() }));
    }

    #[test]
    fn a_checkpoint_of_another_log_or_with_a_bad_line_is_refused() {
        let policy = |key: &SignerKey| {
            Policy::parse(format!("log {}\nquorum none\n", key.verifier()).as_bytes()).unwrap()
        };
        let unknown = Err(TlogError::NoPolicyLog { origin: "a.example/log".to_owned() });
        let elsewhere = SignerKey::from_seed("b.example/log", &[99; 32]).unwrap();
        assert_eq!(policy(&elsewhere).judge(&cosigned(&[])), unknown);
        let other_key = SignerKey::from_seed("a.example/log", &[98; 32]).unwrap();
        assert_eq!(policy(&other_key).judge(&cosigned(&[])), unknown);
        let mut touched = cosigned(&[]);
        let mut line = witness(1).cosign(&touched, 1);
        line.signature[20] ^= 1;
        touched.note_mut().put(line);
        let one = format!("witness X {}\nquorum none", witness(1).verifier());
        let bad = Policy::parse(one.as_bytes()).unwrap().judge(&touched);
        assert_eq!(bad, Err(TlogError::BadSignature { name: "w1.example".to_owned() }));
    }

    #[test]
    fn a_line_that_breaks_a_rule_is_named() {
        let (w1, w2, log) = (witness(1), witness(2), log());
        let (w1, w2, log) = (w1.verifier(), w2.verifier(), log.verifier());
        let same = WitnessSigner::from_seed("other.example", &[1; 32]).unwrap();
        let fault = |text: &str| match Policy::parse(text.as_bytes()) {
            Err(TlogError::PolicyLine { line, .. }) => line,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(fault(""), 1);
        assert_eq!(fault("# nothing\n"), 2);
        assert_eq!(fault("quorum X\n"), 1);
        assert_eq!(fault("quorum none\nquorum none\n"), 2);
        assert_eq!(fault("witnesses\nquorum none\n"), 1);
        assert_eq!(fault(&format!("log {w1}\nquorum none\n")), 1);
        assert_eq!(fault(&format!("log {log}\nlog {log}\nquorum none\n")), 2);
        assert_eq!(fault(&format!("witness X {log}\nquorum none\n")), 1);
        assert_eq!(fault(&format!("witness none {w1}\nquorum none\n")), 1);
        assert_eq!(fault(&format!("witness X {w1}\nwitness X {w2}\nquorum X\n")), 2);
        assert_eq!(fault(&format!("witness X {w1}\nwitness Y {}\nquorum X\n", same.verifier())), 2);
        assert_eq!(fault(&format!("witness X {w1} url more\nquorum X\n")), 1);
        let both = format!("witness X {w1}\nwitness Y {w2}\n");
        for group in [
            "group G 3 X Y",
            "group G 0 X Y",
            "group G 01 X Y",
            "group G two X Y",
            "group G any",
            "group G any X X",
            "group G any Z",
            "group G any none",
            "group X any Y",
        ] {
            assert_eq!(fault(&format!("{both}{group}\nquorum none\n")), 3, "{group}");
        }
        assert_eq!(fault(&format!("{both}group G any X\ngroup H any X\nquorum G\n")), 4);
        assert_eq!(fault("quorum none\r\n"), 1);
        let key = w1.to_string();
        let names =
            |quorum: &[u8]| [b"witness \xff ", key.as_bytes(), b"\nquorum ", quorum].concat();
        assert!(Policy::parse(&names(b"\xfe")).is_err());
        assert!(Policy::parse(&names(b"\xff")).is_ok());
    }

    proptest! {
        #[test]
        fn whatever_is_read_as_a_policy_it_is_read_or_refused(
            lines in prop::collection::vec(
                "(log|witness|group|quorum|#)( (X|Y|none|all|any|1|KEY)){0,4}[ \t]?", 0..8),
            bytes in prop::collection::vec(any::<u8>(), 0..20),
        ) {
            let key = witness(1).verifier().to_string();
            let text = lines.join("\n").replace("KEY", &key);
            Policy::parse(text.as_bytes()).ok();
            Policy::parse(&bytes).ok();
        }
    }
}
