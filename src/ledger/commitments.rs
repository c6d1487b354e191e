//! What others say of a log's root at some size: whoever asks, the ledger's checkpoint, a checkpoint
//! that somebody kept. Compares while the log is read once. Must read no file.

use crate::chain::millis::Millis;
use crate::domain::sequence::Size;
use crate::domain::text::Origin;
use crate::ledger::answer::overview::Trust;
use crate::ledger::checkpoint::{CheckpointFault, Vouchers};
use crate::ledger::replay::grow;
use crate::ledger::verify::{CHECKS, Check, EXTENDS, VerifyOptions, WITNESSES};
use crate::tlog::checkpoint::SignedCheckpoint;
use crate::tlog::hash::{Hash, empty_root};
use crate::tlog::merkle::Tree;
use crate::tlog::note::VerifierKey;
use crate::tlog::policy::{Policy, Witnessed};

/// A size that a log is said to have had, with the root that it is said to have had then.
#[derive(Debug, Clone, Copy)]
struct Commitment {
    size: Size,
    root: Hash,
    /// The root of as many entries of the log, once they have been read.
    found: Option<Hash>,
}

/// All that a log is held to by others.
#[derive(Debug)]
pub(super) struct Commitments {
    vouchers: Result<Vouchers, CheckpointFault>,
    given_key: Option<VerifierKey>,
    policy: Option<Policy>,
    extends: Option<SignedCheckpoint>,
    expected: Option<Commitment>,
    own: Option<Commitment>,
    kept: Option<Commitment>,
}

/// What became of them.
#[derive(Debug)]
pub(super) struct Judged {
    /// The first size at which entries are missing.
    pub(super) gone: Option<Size>,
    /// Who vouches for the log.
    pub(super) trust: Trust,
    root: Result<(), String>,
    checkpoint: Result<String, String>,
    witnesses: Option<Result<String, String>>,
    extends: Option<Result<String, String>>,
}

/// Says who has witnessed a checkpoint, and when.
pub fn told_witnesses(witnessed: &Witnessed) -> String {
    let told = witnessed.by.iter().map(|(name, seconds)| {
        let moment = Millis::from_seconds(*seconds);
        let moment = moment.map_or_else(|_| format!("{seconds} s"), |moment| moment.to_string());
        format!("{name} at {moment}")
    });
    match told.collect::<Vec<_>>().join(", ") {
        nobody if nobody.is_empty() => "nobody, and the policy wants none".to_owned(),
        names => names,
    }
}

impl Commitment {
    fn new(size: Size, root: Hash) -> Self {
        Self { size, root, found: None }
    }

    fn of(signed: &SignedCheckpoint) -> Self {
        Self::new(Size(signed.checkpoint().size), signed.checkpoint().root)
    }

    /// Says what is wrong: entries are gone, or they are others.
    fn judge(&self, size: Size) -> Result<(), CheckpointFault> {
        let Self { size: committed, root, found } = *self;
        match found {
            None => Err(CheckpointFault::Truncated { size, committed }),
            Some(found) if found != root => {
                Err(CheckpointFault::OtherRoot { size: committed, root: found, committed: root })
            }
            Some(_) => Ok(()),
        }
    }
}

impl Default for Commitments {
    fn default() -> Self {
        Self::new(Ok(Vouchers::default()), &VerifyOptions::default())
    }
}

impl Commitments {
    /// Gathers what a log will be held to.
    pub(super) fn new(
        vouchers: Result<Vouchers, CheckpointFault>,
        options: &VerifyOptions,
    ) -> Self {
        let checkpoint = vouchers.as_ref().ok().and_then(|kept| kept.checkpoint.as_ref());
        let listed = || {
            let (policy, checkpoint) = (options.policy.as_ref()?, checkpoint?);
            let mut logs = policy.logs().iter();
            logs.find(|log| checkpoint.verify(&log.key).is_ok()).map(|log| log.key.clone())
        };
        let mut commitments = Self {
            own: checkpoint.map(Commitment::of),
            kept: options.extends.as_ref().map(Commitment::of),
            expected: options.expected_root.map(|(size, root)| Commitment::new(size, root)),
            given_key: options.key.clone().or_else(listed),
            policy: options.policy.clone(),
            extends: options.extends.clone(),
            vouchers,
        };
        // No leaves have to be read for the root of none.
        for nothing in commitments.all().filter(|wanted| wanted.size.0 == 0) {
            nothing.found = Some(empty_root());
        }
        commitments
    }

    /// Compares the leaves that follow those of a tree.
    pub(super) fn take(&mut self, before: &Tree, leaves: &[Hash]) {
        let last = before.size() + leaves.len() as u64;
        let within = |wanted: &Commitment| before.size() < wanted.size.0 && wanted.size.0 <= last;
        let wanted = self.all().filter(|wanted| within(wanted));
        for commitment in wanted {
            let count = usize::try_from(commitment.size.0 - before.size()).unwrap_or(usize::MAX);
            let mut tree = before.clone();
            grow(&mut tree, leaves.get(..count).unwrap_or(leaves));
            commitment.found = Some(tree.root());
        }
    }

    /// Compares with what is known of the log's roots without reading its leaves.
    pub(super) fn compare<E>(
        &mut self,
        mut root_of: impl FnMut(Size) -> Result<Option<Hash>, E>,
    ) -> Result<(), E> {
        for wanted in self.all().filter(|wanted| wanted.found.is_none()) {
            wanted.found = root_of(wanted.size)?;
        }
        Ok(())
    }

    /// Gives the log's own vouchers, if the log is what they say. The checkpoint was read before the
    /// log was.
    pub(super) fn hold(self, origin: &Origin, size: Size) -> Result<Vouchers, CheckpointFault> {
        let vouchers = self.vouchers?;
        vouchers.verify(origin, None)?;
        self.own.map_or(Ok(()), |own| own.judge(size))?;
        Ok(vouchers)
    }

    fn all(&mut self) -> impl Iterator<Item = &mut Commitment> {
        [&mut self.expected, &mut self.own, &mut self.kept].into_iter().flatten()
    }

    /// Judges them for a log with a name, if it says one, and so many entries.
    pub(super) fn judge(&self, origin: Option<&Origin>, size: Size) -> Judged {
        let expected = self.expected.map_or(Ok(()), |wanted| match wanted.judge(size) {
            Ok(()) => Ok(()),
            Err(CheckpointFault::Truncated { size, committed }) => {
                Err(format!("the log had {committed} entries and has {size} now"))
            }
            Err(CheckpointFault::OtherRoot { size, root, committed }) => {
                Err(format!("the first {size} entries have the root {root}, not {committed}"))
            }
            Err(other) => Err(other.to_string()),
        });
        let checkpoint = self.judge_own(origin, size);
        let trust = match (&checkpoint, self.has_signed_checkpoint(), &self.given_key) {
            (Ok(_), true, Some(_)) => Trust::Pinned,
            (Ok(_), true, None) => Trust::Own,
            _ => Trust::None,
        };
        let wanted = [self.expected, self.own, self.kept];
        let is_gone = wanted.iter().flatten().any(|wanted| wanted.found.is_none());
        Judged {
            gone: is_gone.then_some(size),
            trust,
            root: expected,
            checkpoint,
            witnesses: self.policy.as_ref().map(|policy| self.judge_witnesses(policy)),
            extends: self.extends.as_ref().map(|kept| self.judge_kept(kept, origin, size)),
        }
    }

    fn key(&self) -> Option<&VerifierKey> {
        let own = self.vouchers.as_ref().ok().and_then(|kept| kept.key.as_ref());
        self.given_key.as_ref().or(own)
    }

    fn has_signed_checkpoint(&self) -> bool {
        let has_checkpoint = self.own.is_some();
        has_checkpoint && self.key().is_some()
    }

    /// Judges the checkpoint that lies beside the log.
    fn judge_own(&self, origin: Option<&Origin>, size: Size) -> Result<String, String> {
        let vouchers = self.vouchers.as_ref().map_err(ToString::to_string)?;
        let Some(own) = self.own else {
            return match &self.given_key {
                Some(_) => Err("there is none that the key could have signed".to_owned()),
                None => Ok("none".to_owned()),
            };
        };
        let origin = origin.ok_or("the ledger's name, entry 0, cannot be read")?;
        vouchers.verify(origin, self.given_key.as_ref()).map_err(|fault| fault.to_string())?;
        own.judge(size).map_err(|fault| fault.to_string())?;
        let signer = match (self.key(), &self.given_key) {
            (Some(key), Some(_)) => format!("signed by the given key {}", key.short()),
            (Some(key), None) => format!("signed by the ledger's own key {}", key.short()),
            (None, _) => "and no key to verify its signature with".to_owned(),
        };
        Ok(match size.0 - own.size.0 {
            0 => format!("all {size} entries, {signer}"),
            1 => format!("{} entries and 1 not yet, {signer}", own.size),
            later => format!("{} entries and {later} not yet, {signer}", own.size),
        })
    }

    /// Judges whether those have cosigned the checkpoint whom a policy wants.
    fn judge_witnesses(&self, policy: &Policy) -> Result<String, String> {
        let vouchers = self.vouchers.as_ref().map_err(ToString::to_string)?;
        let checkpoint = vouchers.checkpoint.as_ref();
        let checkpoint = checkpoint.ok_or("there is no checkpoint to be witnessed")?;
        let witnessed = policy.judge(checkpoint).map_err(|fault| fault.to_string())?;
        Ok(told_witnesses(&witnessed))
    }

    /// Judges whether the log continues a checkpoint that somebody kept.
    fn judge_kept(
        &self,
        kept: &SignedCheckpoint,
        origin: Option<&Origin>,
        size: Size,
    ) -> Result<String, String> {
        let committed = Size(kept.checkpoint().size);
        let origin = origin.ok_or("the ledger's name, entry 0, cannot be read")?;
        if kept.checkpoint().origin != origin.as_str() {
            let other = kept.checkpoint().origin.clone();
            return Err(CheckpointFault::Foreign { origin: origin.clone(), other }.to_string());
        }
        let key = self.key().ok_or("there is no key to verify the kept checkpoint with")?;
        kept.verify(key).map_err(|source| format!("the kept checkpoint: {source}"))?;
        let compared = self.kept.unwrap_or(Commitment::of(kept)).judge(size);
        compared.map_err(|fault| match (fault, self.own) {
            (CheckpointFault::Truncated { .. }, Some(own)) if committed <= own.size => format!(
                "truncated: the log has {size} entries, {committed} were signed before and \
                 {} are by its own checkpoint",
                own.size
            ),
            (CheckpointFault::Truncated { .. }, _) => {
                format!("rollback: the log has {size} entries, {committed} were signed before")
            }
            (_, _) => {
                format!("fork: the first {committed} entries are not those that were signed before")
            }
        })?;
        Ok(format!("the first {committed} entries are those of the kept checkpoint"))
    }
}

impl Judged {
    /// The checks, in order: root, checkpoint and, where they were asked for, the witnesses and the
    /// kept checkpoint.
    pub(super) fn checks(self, root: Hash) -> Vec<Check> {
        let check = |name, judged: Result<String, String>| {
            let ok = judged.is_ok();
            Check { name, ok, detail: judged.unwrap_or_else(|wrong| wrong) }
        };
        let [.., root_name, checkpoint_name] = CHECKS;
        let mut checks = vec![
            check(root_name, self.root.map(|()| root.to_string())),
            check(checkpoint_name, self.checkpoint),
        ];
        checks.extend(self.witnesses.map(|judged| check(WITNESSES, judged)));
        checks.extend(self.extends.map(|judged| check(EXTENDS, judged)));
        checks
    }
}
