//! What the command tells its caller when it ends. One number for one meaning (cli.md, Exit codes).

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It answered, or did what it was told; yes.
    Done,
    /// `holds` says no, or a recording was refused or stopped.
    No,
    /// What was typed is wrong.
    Wrong,
    /// `holds` cannot tell.
    Unknown,
    /// `verify` failed, or `check --strict` found something.
    Failed,
    /// Input or output, a lock, or a damaged ledger.
    Trouble,
    /// It was interrupted, and what it had done until then is whole.
    Interrupted,
}

impl Exit {
    /// Gives the number.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::No => 1,
            Self::Wrong => 2,
            Self::Unknown => 3,
            Self::Failed => 4,
            Self::Trouble => 5,
            Self::Interrupted => 130,
        }
    }
}
