//! `admit`, `leave`, `rename`, `government`, `extinguish`, `revive`, `continue` and `succeed`: what
//! changes about an entity.

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::options::place::Place;
use crate::cli::options::recording::RecordingOptions;
use crate::cli::record::appended::append_to;
use crate::cli::record::naming::Naming;
use crate::domain::edtf::Edtf;
use crate::domain::entity::{Change, ChangeKind};
use crate::domain::event::{Event, Fact};
use crate::domain::text::Text;

/// When it changes, and who says so.
#[derive(Debug, clap::Args)]
pub(crate) struct ChangeOptions {
    /// First day on which it is so
    #[arg(long, value_name = "DATE")]
    on: Edtf,
    #[command(flatten)]
    recording: RecordingOptions,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl ChangeOptions {
    fn record(
        self,
        entity: &str,
        change: impl FnOnce(&Naming) -> Result<ChangeKind, CliError>,
    ) -> Result<Exit, CliError> {
        let dry_run = self.recording.dry_run;
        append_to(&self.place, dry_run, |ledger| {
            let names = Naming::on(ledger, Some(&self.on))?;
            let (entity, change) = (names.entity(entity)?, change(&names)?);
            let change = Change { entity, on: self.on, change };
            self.recording.draft(Event::Fact(Fact::Change(change)))
        })
    }
}

/// Record that an entity joins a group
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  chancery admit KOR UN --on 1991-09-17")]
pub(crate) struct Admit {
    /// Entity
    #[arg(value_name = "X")]
    entity: String,
    /// Group
    group: String,
    #[command(flatten)]
    pub(crate) recorded: ChangeOptions,
}

/// Record that an entity leaves a group
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: the last day as a member was 1992-12-31
  chancery leave CSK UN --on 1993-01-01")]
pub(crate) struct Leave {
    /// Entity
    #[arg(value_name = "X")]
    entity: String,
    /// Group
    group: String,
    #[command(flatten)]
    pub(crate) recorded: ChangeOptions,
}

/// Record that an entity takes another main name
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  chancery rename MKD \"North Macedonia\" --on 2019-02-12")]
pub(crate) struct Rename {
    /// Entity
    #[arg(value_name = "X")]
    entity: String,
    /// New main name
    name: Text,
    #[command(flatten)]
    pub(crate) recorded: ChangeOptions,
}

/// Record a change of government, which changes no relation
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  chancery government SYR --from \"Assad government\" --on 2024-12-08")]
pub(crate) struct Government {
    /// Entity
    #[arg(value_name = "X")]
    entity: String,
    /// Government before
    #[arg(long)]
    from: Option<Text>,
    /// Government after
    #[arg(long)]
    to: Option<Text>,
    #[command(flatten)]
    pub(crate) recorded: ChangeOptions,
}

/// Record that an entity ends, and its relations with it
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  chancery extinguish CSK --on 1993-01-01")]
pub(crate) struct Extinguish {
    /// Entity
    #[arg(value_name = "X")]
    entity: String,
    #[command(flatten)]
    pub(crate) recorded: ChangeOptions,
}

/// Record that an entity exists again
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  chancery revive SYR --on 1961-09-28")]
pub(crate) struct Revive {
    /// Entity
    #[arg(value_name = "X")]
    entity: String,
    #[command(flatten)]
    pub(crate) recorded: ChangeOptions,
}

/// Record that an entity continues another: its relations carry over
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  chancery continue SUN RUS --on 1991-12-26
  chancery continue CSK CZE --on 1993-01-01 --for KOR")]
pub(crate) struct Continue {
    /// Entity that is continued
    #[arg(value_name = "P")]
    entity: String,
    /// Entity that continues it
    #[arg(value_name = "S")]
    successor: String,
    /// Only in the view of this partner; may be given again [default: of all]
    #[arg(long = "for", value_name = "PARTNER")]
    partners: Vec<String>,
    #[command(flatten)]
    pub(crate) recorded: ChangeOptions,
}

/// Record that an entity succeeds another, which carries nothing over
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  chancery succeed CSK SVK --on 1993-01-01")]
pub(crate) struct Succeed {
    /// Entity that is succeeded
    #[arg(value_name = "P")]
    entity: String,
    /// Successor
    #[arg(value_name = "S")]
    successor: String,
    #[command(flatten)]
    pub(crate) recorded: ChangeOptions,
}

impl Admit {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        self.recorded.record(&self.entity, |names| {
            Ok(ChangeKind::Admitted { group: names.entity(&self.group)? })
        })
    }
}

impl Leave {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        self.recorded.record(&self.entity, |names| {
            Ok(ChangeKind::Left { group: names.entity(&self.group)? })
        })
    }
}

impl Rename {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        self.recorded.record(&self.entity, |_| Ok(ChangeKind::Renamed { name: self.name }))
    }
}

impl Government {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let change = ChangeKind::GovernmentChanged { from: self.from, to: self.to };
        self.recorded.record(&self.entity, |_| Ok(change))
    }
}

impl Extinguish {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        self.recorded.record(&self.entity, |_| Ok(ChangeKind::Extinguished))
    }
}

impl Revive {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        self.recorded.record(&self.entity, |_| Ok(ChangeKind::Revived))
    }
}

impl Continue {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        self.recorded.record(&self.entity, |names| {
            let partners = self.partners.iter().map(|partner| names.entity(partner));
            let partners = partners.collect::<Result<Vec<_>, _>>()?;
            let partners = if partners.is_empty() { None } else { Some(partners) };
            Ok(ChangeKind::Continues { successor: names.entity(&self.successor)?, partners })
        })
    }
}

impl Succeed {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        self.recorded.record(&self.entity, |names| {
            Ok(ChangeKind::Succeeds { successor: names.entity(&self.successor)? })
        })
    }
}
