//! What an answer rests on, in one line.

use crate::ledger::answer::StatedBasis;

const HASH_DIGITS_SHOWN: usize = 8;

/// Tells the basis of an answer.
pub(crate) fn told(basis: &StatedBasis) -> String {
    let head = short(&basis.known.head.to_string());
    let mut parts = vec![
        format!("on {}", basis.on),
        format!("known {} (head {head})", basis.known.size),
        basis.policy.as_str().to_owned(),
        format!("{} axis", basis.axis.as_str()),
    ];
    parts.extend(basis.rule.map(|rule| format!("counting {}", rule.as_str())));
    parts.join(" · ")
}

/// Tells the basis of an answer that no policy, axis or rule bears on.
pub(crate) fn of_moment(basis: &StatedBasis) -> String {
    let head = short(&basis.known.head.to_string());
    format!("on {} · known {} (head {head})", basis.on, basis.known.size)
}

/// Tells whether a list or a count is asserted to be complete.
pub(crate) fn completeness(name: &str, complete: bool) -> String {
    if complete {
        format!("{name} is asserted complete on this day.")
    } else {
        "Of what is recorded: nothing asserts that this is complete.".to_owned()
    }
}

/// Cuts a hash to the digits that `--known` needs.
pub(crate) fn short(hash: &str) -> String {
    hash.chars().take(HASH_DIGITS_SHOWN).collect()
}
