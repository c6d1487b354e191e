//! `conflicts`: the accounts that sources give of one act, side by side.

use crate::domain::act::Act;
use crate::domain::day::Bounds;
use crate::domain::editorial::{Claim, Says, Standing};
use crate::domain::entity::EntityId;
use crate::domain::relation::Parties;
use crate::domain::sequence::Sequence;
use crate::ledger::answer::conflict::{Account, Conflict, Conflicts, Verdict};
use crate::ledger::ask::Inquiry;

impl Inquiry {
    /// The acts of which live rival claims give another account; with `all`, those that any claim
    /// speaks of. Of one entity or one relation, if named.
    pub fn conflicts(&self, of: &[EntityId], all: bool) -> Conflicts {
        let named = |parties: &Parties| of.iter().all(|entity| parties.include(*entity));
        let mut conflicts: Vec<Conflict> = self
            .view
            .relations()
            .into_iter()
            .filter(named)
            .flat_map(|parties| self.known().acts(parties, self.basis.axis))
            .filter_map(|(entry, act)| self.accounts(entry, act))
            .filter(|conflict| all || conflict.accounts.iter().any(is_rival))
            .collect();
        conflicts.sort_by_key(|conflict| conflict.entry);
        Conflicts { basis: self.basis.clone(), conflicts }
    }

    /// The live accounts of an act beside its own; none where there are none.
    pub(in crate::ledger::ask) fn accounts(&self, entry: Sequence, act: &Act) -> Option<Conflict> {
        let known = self.known();
        let (reading, date) = act.dates.reading()?;
        let stated = date.bounds();
        let live = known.claims(entry).filter(|(sequence, _)| known.is_live(*sequence));
        let accounts: Vec<Account> =
            live.map(|(sequence, claim)| account(sequence, claim, act, stated)).collect();
        (!accounts.is_empty()).then(|| Conflict {
            relation: act.parties,
            act: act.act,
            entry,
            date: date.clone(),
            reading,
            earliest: stated.earliest,
            latest: stated.latest,
            accounts,
        })
    }
}

fn is_rival(account: &Account) -> bool {
    account.standing == Standing::Rival && account.verdict.contradicts()
}

fn account(entry: Sequence, claim: &Claim, act: &Act, stated: Bounds) -> Account {
    let bounds = claim.date.as_ref().map(|date| date.bounds());
    let verdict = match (claim.says, bounds) {
        (Some(Says::Denies), _) => Verdict::Denies,
        (Some(says), _) if says.act() != Some(act.act) => Verdict::Renames,
        (_, Some(claimed)) => compared(claimed, stated),
        (_, None) => Verdict::WordingOnly,
    };
    Account {
        entry,
        role: claim.role,
        date: claim.date.clone(),
        earliest: bounds.map(|bounds| bounds.earliest),
        latest: bounds.map(|bounds| bounds.latest),
        says: claim.says,
        wording: claim.wording.clone(),
        standing: claim.standing,
        verdict,
        days_apart: bounds.map(|claimed| days_apart(claimed, stated)),
    }
}

fn compared(claimed: Bounds, stated: Bounds) -> Verdict {
    if !claimed.overlaps(stated) {
        Verdict::Excludes
    } else if claimed.earliest <= stated.earliest && stated.latest <= claimed.latest {
        Verdict::Confirms
    } else if stated.earliest <= claimed.earliest && claimed.latest <= stated.latest {
        Verdict::Narrows
    } else {
        Verdict::Overlaps
    }
}

/// How many days lie between the nearest days of two dates.
fn days_apart(one: Bounds, other: Bounds) -> u64 {
    let gap = one.latest.days_until(other.earliest).max(other.latest.days_until(one.earliest));
    u64::try_from(gap).unwrap_or(0)
}
