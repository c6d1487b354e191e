//! All commands on one page, with the group that each belongs to.

use clap::{Parser, Subcommand};

use crate::cli::ask::axes::{ListMissions, ListPending, ListRecognitions};
use crate::cli::ask::check::CheckLedger;
use crate::cli::ask::conflicts::ShowConflicts;
use crate::cli::ask::diff::ShowDiff;
use crate::cli::ask::history::ShowHistory;
use crate::cli::ask::holds::AskWhether;
use crate::cli::ask::log::{ShowEntry, ShowLog};
use crate::cli::ask::overview::ShowOverview;
use crate::cli::ask::partners::{CountPartners, ListMissing, ListPartners, ShowOrdinal};
use crate::cli::ask::recheck::RecheckReceipt;
use crate::cli::ask::register::{ListEntities, ShowEntity};
use crate::cli::ask::show::ShowRelation;
use crate::cli::ask::verify::VerifyLog;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::place::Place;
use crate::cli::record::act::{ActOptions, AnnulOptions, BeginningOptions};
use crate::cli::record::assert::RecordAssertion;
use crate::cli::record::change::{
    Admit, Continue, Extinguish, Government, Leave, Rename, Revive, Succeed,
};
use crate::cli::record::context::{RecordContext, RecordMission, RecordRecognition, RecordStep};
use crate::cli::record::editorial::{RecordClaim, RecordCorrection, RecordRetraction};
use crate::cli::record::export::Export;
use crate::cli::record::file::RecordFile;
use crate::cli::record::import::ImportTable;
use crate::cli::record::init::Init;
use crate::cli::record::register::Register;
use crate::cli::vouch::checkpoint::SignCheckpoint;
use crate::cli::vouch::copy::{CloneLog, PullLog};
use crate::cli::vouch::cosign::HaveCosigned;
use crate::cli::vouch::key::Keys;
use crate::cli::vouch::prove::Prove;
use crate::cli::vouch::publish::PublishLog;
use crate::cli::vouch::repair::RepairLog;
use crate::cli::vouch::verify_proof::VerifyProof;
use crate::domain::act::ActKind;

/// A ledger of diplomatic relations that answers for any day, as known at any moment
#[derive(Debug, Parser)]
#[command(name = "chancery", version, args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:
  chancery partners KOR --on 2025-04-10            whom Korea had relations with that day
  chancery show UKR SYR --on 2023-01-01            what two states were to each other, and why
  chancery missing KOR --among UN                  who is left
  chancery verify                                  what the bytes can prove

Entities are named by id, code, name or alias: KOR, kr, \"south korea\".
Exit codes: 0 answered or done, yes · 1 no, refused · 2 wrongly asked · 3 unknown ·
4 verification or check failed · 5 input/output, lock, damaged ledger.")]
pub(crate) struct Chancery {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) overview: ShowOverview,
}

/// What can be asked and recorded.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Overview(ShowOverview),
    Show(ShowRelation),
    Holds(AskWhether),
    History(ShowHistory),
    Diff(ShowDiff),
    Partners(ListPartners),
    Missing(ListMissing),
    Count(CountPartners),
    Ordinal(ShowOrdinal),
    Entities(ListEntities),
    Entity(ShowEntity),
    Pending(ListPending),
    Missions(ListMissions),
    Recognitions(ListRecognitions),
    Log(ShowLog),
    Entry(ShowEntry),
    Conflicts(ShowConflicts),
    Check(CheckLedger),
    Verify(VerifyLog),
    #[command(name = "verify-proof")]
    VerifyProof(VerifyProof),
    Recheck(RecheckReceipt),
    Init(Init),
    Register(Register),
    /// Record that relations were established
    #[command(after_help = "Examples:
  chancery establish KOR SYR --signed 2025-04-10 --announced 2025-04-11 --place Damascus \\
      --instrument joint-communique --signatory \"KOR: Cho Tae-yul, Minister of Foreign Affairs\"
  chancery establish KOR CUB --on 2024-02-14 --instrument exchange-of-notes --consular included")]
    Establish(BeginningOptions),
    /// Record that relations were restored
    #[command(after_help = "Example:
  chancery restore UKR SYR --on 2025-09-24 --place \"New York\" --zone America/New_York")]
    Restore(BeginningOptions),
    /// Record that relations were severed
    #[command(after_help = "Example:
  chancery sever UKR SYR --on 2022-06-30 --by UKR --because syr/X-DPR/recognised/2022-06-29")]
    Sever(ActOptions),
    /// Record that relations were suspended
    #[command(after_help = "Example:
  chancery suspend KOR NIC --on 1979-08 --by NIC")]
    Suspend(ActOptions),
    /// Record that relations lapsed without an act of either party
    #[command(after_help = "Example:
  chancery lapse ARG PRK --on 1977-06-14")]
    Lapse(ActOptions),
    /// Record that an establishment was declared void
    #[command(after_help = "Example:
  chancery annul PNG TWN --on 1999-07-21 --by PNG --annuls png/TWN/established/1999-07-05")]
    Annul(AnnulOptions),
    Admit(Admit),
    Leave(Leave),
    Rename(Rename),
    Government(Government),
    Extinguish(Extinguish),
    Revive(Revive),
    Continue(Continue),
    Succeed(Succeed),
    Step(RecordStep),
    #[command(alias = "recognize")]
    Recognise(RecordRecognition),
    Mission(RecordMission),
    Context(RecordContext),
    Claim(RecordClaim),
    Correct(RecordCorrection),
    Retract(RecordRetraction),
    Assert(RecordAssertion),
    Record(RecordFile),
    Import(ImportTable),
    Export(Export),
    #[command(name = "key")]
    Keys(Keys),
    #[command(name = "checkpoint")]
    SignCheckpoint(SignCheckpoint),
    Cosign(HaveCosigned),
    Prove(Prove),
    Publish(PublishLog),
    Clone(CloneLog),
    Pull(PullLog),
    Repair(RepairLog),
}

impl Command {
    /// The options that every command takes.
    pub(crate) fn place(&self) -> &Place {
        match self {
            Self::Overview(command) => &command.place,
            Self::Show(command) => &command.place,
            Self::Holds(command) => &command.place,
            Self::History(command) => &command.place,
            Self::Diff(command) => &command.place,
            Self::Partners(command) => &command.place,
            Self::Missing(command) => &command.place,
            Self::Count(command) => &command.place,
            Self::Ordinal(command) => &command.place,
            Self::Entities(command) => &command.place,
            Self::Entity(command) => &command.place,
            Self::Pending(command) => &command.place,
            Self::Missions(command) => &command.place,
            Self::Recognitions(command) => &command.place,
            Self::Log(command) => &command.place,
            Self::Entry(command) => &command.place,
            Self::Conflicts(command) => &command.place,
            Self::Check(command) => &command.place,
            Self::Verify(command) => &command.place,
            Self::VerifyProof(command) => &command.place,
            Self::Recheck(command) => &command.place,
            Self::Init(command) => &command.place,
            Self::Register(command) => &command.place,
            Self::Establish(command) | Self::Restore(command) => &command.act.place,
            Self::Sever(command) | Self::Suspend(command) | Self::Lapse(command) => &command.place,
            Self::Annul(command) => &command.act.place,
            Self::Admit(command) => &command.recorded.place,
            Self::Leave(command) => &command.recorded.place,
            Self::Rename(command) => &command.recorded.place,
            Self::Government(command) => &command.recorded.place,
            Self::Extinguish(command) => &command.recorded.place,
            Self::Revive(command) => &command.recorded.place,
            Self::Continue(command) => &command.recorded.place,
            Self::Succeed(command) => &command.recorded.place,
            Self::Step(command) => &command.dated.place,
            Self::Recognise(command) => &command.dated.place,
            Self::Mission(command) => &command.dated.place,
            Self::Context(command) => &command.place,
            Self::Claim(command) => &command.place,
            Self::Correct(command) => &command.place,
            Self::Retract(command) => &command.place,
            Self::Assert(command) => &command.place,
            Self::Record(command) => &command.place,
            Self::Import(command) => &command.place,
            Self::Export(command) => &command.place,
            Self::Keys(command) => command.place(),
            Self::SignCheckpoint(command) => &command.place,
            Self::Cosign(command) => &command.place,
            Self::Prove(command) => command.place(),
            Self::Publish(command) => &command.place,
            Self::Clone(command) => &command.place,
            Self::Pull(command) => &command.place,
            Self::Repair(command) => &command.place,
        }
    }

    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        match self {
            Self::Overview(command) => command.run(),
            Self::Show(command) => command.run(),
            Self::Holds(command) => command.run(),
            Self::History(command) => command.run(),
            Self::Diff(command) => command.run(),
            Self::Partners(command) => command.run(),
            Self::Missing(command) => command.run(),
            Self::Count(command) => command.run(),
            Self::Ordinal(command) => command.run(),
            Self::Entities(command) => command.run(),
            Self::Entity(command) => command.run(),
            Self::Pending(command) => command.run(),
            Self::Missions(command) => command.run(),
            Self::Recognitions(command) => command.run(),
            Self::Log(command) => command.run(),
            Self::Entry(command) => command.run(),
            Self::Conflicts(command) => command.run(),
            Self::Check(command) => command.run(),
            Self::Verify(command) => command.run(),
            Self::VerifyProof(command) => command.run(),
            Self::Recheck(command) => command.run(),
            Self::Init(command) => command.run(),
            Self::Register(command) => command.run(),
            Self::Establish(command) => command.run(ActKind::Establish),
            Self::Restore(command) => command.run(ActKind::Restore),
            Self::Sever(command) => command.run(ActKind::Sever),
            Self::Suspend(command) => command.run(ActKind::Suspend),
            Self::Lapse(command) => command.run(ActKind::Lapse),
            Self::Annul(command) => command.run(),
            Self::Admit(command) => command.run(),
            Self::Leave(command) => command.run(),
            Self::Rename(command) => command.run(),
            Self::Government(command) => command.run(),
            Self::Extinguish(command) => command.run(),
            Self::Revive(command) => command.run(),
            Self::Continue(command) => command.run(),
            Self::Succeed(command) => command.run(),
            Self::Step(command) => command.run(),
            Self::Recognise(command) => command.run(),
            Self::Mission(command) => command.run(),
            Self::Context(command) => command.run(),
            Self::Claim(command) => command.run(),
            Self::Correct(command) => command.run(),
            Self::Retract(command) => command.run(),
            Self::Assert(command) => command.run(),
            Self::Record(command) => command.run(),
            Self::Import(command) => command.run(),
            Self::Export(command) => command.run(),
            Self::Keys(command) => command.run(),
            Self::SignCheckpoint(command) => command.run(),
            Self::Cosign(command) => command.run(),
            Self::Prove(command) => command.run(),
            Self::Publish(command) => command.run(),
            Self::Clone(command) => command.run(),
            Self::Pull(command) => command.run(),
            Self::Repair(command) => command.run(),
        }
    }
}
