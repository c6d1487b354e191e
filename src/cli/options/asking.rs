//! What a question rests on, and the ledger opened to ask it.

use serde::Serialize;

use crate::cli::error::CliError;
use crate::cli::options::known::Known;
use crate::cli::options::place::Place;
use crate::cli::options::receipt::ReceiptOption;
use crate::cli::output::page::Page;
use crate::cli::output::table::Table;
use crate::cli::surroundings;
use crate::cli::words::{AXES, POLICIES, RULES, one_of};
use crate::domain::day::Day;
use crate::domain::entity::EntityId;
use crate::domain::policy::Policy;
use crate::domain::relation::{Axis, Parties};
use crate::domain::status::CountingRule;
use crate::ledger::Ledger;
use crate::ledger::answer::Known as Position;
use crate::ledger::ask::{Basis, Inquiry};

/// What a question rests on.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Basis")]
pub(crate) struct BasisOptions {
    /// Day that the question is about [default: today]
    #[arg(long, value_name = "DAY", value_parser = Day::parse)]
    on: Option<Day>,
    /// How much of the ledger to use: a size, a hash or a time of recording [default: all]
    #[arg(long, value_name = "K")]
    known: Option<Known>,
    /// Which accounts of an act to believe
    #[arg(long, default_value = POLICIES[0], value_parser = one_of::<Policy, 2>(POLICIES))]
    policy: Policy,
    /// Which relations
    #[arg(long, default_value = AXES[0], value_parser = one_of::<Axis, 2>(AXES))]
    axis: Axis,
    #[command(flatten)]
    receipt: ReceiptOption,
}

/// When, and as known when: what a question that no policy, axis or rule bears on rests on.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Basis")]
pub(crate) struct MomentOptions {
    /// Day that the question is about [default: today]
    #[arg(long, value_name = "DAY", value_parser = Day::parse)]
    on: Option<Day>,
    /// How much of the ledger to use: a size, a hash or a time of recording [default: all]
    #[arg(long, value_name = "K")]
    known: Option<Known>,
    #[command(flatten)]
    receipt: ReceiptOption,
}

/// The two points that a difference is between.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Basis")]
pub(crate) struct PointOptions {
    /// First day
    #[arg(long, value_name = "D1", value_parser = Day::parse, conflicts_with = "on")]
    from: Option<Day>,
    /// Last day [default: today]
    #[arg(long, value_name = "D2", value_parser = Day::parse, requires = "from")]
    to: Option<Day>,
    /// The one day of a difference in knowledge alone [default: today]
    #[arg(long, value_name = "DAY", value_parser = Day::parse)]
    on: Option<Day>,
    /// First position: a size, a hash or a time of recording [default: the second]
    #[arg(long, value_name = "K1")]
    from_known: Option<Known>,
    /// Second position [default: all]
    #[arg(long, value_name = "K2", visible_alias = "known")]
    to_known: Option<Known>,
    /// Which accounts of an act to believe
    #[arg(long, default_value = POLICIES[0], value_parser = one_of::<Policy, 2>(POLICIES))]
    policy: Policy,
    /// Which relations
    #[arg(long, default_value = AXES[0], value_parser = one_of::<Axis, 2>(AXES))]
    axis: Axis,
    #[command(flatten)]
    receipt: ReceiptOption,
}

/// What counts as a partner.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Basis")]
pub(crate) struct RuleOption {
    /// What counts as a partner
    #[arg(long, default_value = RULES[0], value_parser = one_of::<CountingRule, 2>(RULES))]
    rule: CountingRule,
}

/// A ledger opened to be asked, with what the question rests on.
#[derive(Debug)]
pub(crate) struct Asking {
    /// The ledger, for entries in full.
    pub(crate) ledger: Ledger,
    /// The question's basis, and the answers.
    pub(crate) inquiry: Inquiry,
    receipt: ReceiptOption,
}

impl Asking {
    /// Opens the ledger and settles the basis.
    ///
    /// # Errors
    /// When there is no ledger, or no such position in it.
    pub(crate) fn open(place: &Place, options: &BasisOptions) -> Result<Self, CliError> {
        Self::counting(place, options, &RuleOption { rule: CountingRule::default() })
    }

    /// Opens the ledger and settles the basis of a question that counts.
    ///
    /// # Errors
    /// As [`Asking::open`].
    pub(crate) fn counting(
        place: &Place,
        options: &BasisOptions,
        rule: &RuleOption,
    ) -> Result<Self, CliError> {
        let on = options.on.map_or_else(surroundings::today, Ok)?;
        let ledger = place.open()?;
        let known = options.known.as_ref().map(|known| known.resolve(&ledger)).transpose()?;
        let (policy, axis, rule) = (options.policy, options.axis, rule.rule);
        let inquiry = ledger.inquire(&Basis { on, known, policy, axis, rule })?;
        Ok(Self { ledger, inquiry, receipt: options.receipt.clone() })
    }

    /// Opens the ledger and settles the basis of a question that no policy, axis or rule bears on.
    ///
    /// # Errors
    /// As [`Asking::open`].
    pub(crate) fn of_moment(place: &Place, options: &MomentOptions) -> Result<Self, CliError> {
        let MomentOptions { on, known, receipt } = options.clone();
        let (policy, axis) = (Policy::default(), Axis::default());
        Self::open(place, &BasisOptions { on, known, policy, axis, receipt })
    }

    /// Opens the ledger at the second of two points, and gives the day and the position of the first.
    ///
    /// # Errors
    /// As [`Asking::open`].
    pub(crate) fn between(
        place: &Place,
        points: &PointOptions,
    ) -> Result<(Self, Day, Position), CliError> {
        let points = points.clone();
        let PointOptions { from, to, on, from_known, to_known, policy, axis, receipt } = points;
        let last = to.or(on).map_or_else(surroundings::today, Ok)?;
        let options = BasisOptions { on: Some(last), known: to_known, policy, axis, receipt };
        let asking = Self::open(place, &options)?;
        let second = asking.inquiry.basis().known;
        let first = match &from_known {
            Some(known) => {
                let size = known.resolve(&asking.ledger)?;
                let head = asking.ledger.head_of(size)?;
                let size_of_ledger = asking.ledger.size();
                let head =
                    head.ok_or(CliError::NoSuchSize { asked: size, size: size_of_ledger })?;
                Position { size, head }
            }
            None => second,
        };
        Ok((asking, from.unwrap_or(last), first))
    }

    /// Prints the answer, and writes its receipt if one is wanted.
    ///
    /// # Errors
    /// When either cannot be written.
    pub(crate) fn print<A: Serialize>(
        &self,
        place: &Place,
        answer: &A,
        rows: impl FnOnce() -> Table,
        page: impl FnOnce() -> Result<Page, CliError>,
    ) -> Result<(), CliError> {
        self.receipt.print(place, &self.ledger, answer, rows, page)
    }

    /// Finds the entity that is called so.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub(crate) fn entity(&self, text: &str) -> Result<EntityId, CliError> {
        let found = self.inquiry.lookup(text);
        self.ledger.settled()?;
        Ok(found?)
    }

    /// Finds two entities.
    ///
    /// # Errors
    /// When either is not found, or both are the same.
    pub(crate) fn parties(&self, one: &str, other: &str) -> Result<Parties, CliError> {
        Ok(Parties::new(self.entity(one)?, self.entity(other)?)?)
    }

    /// Finds those of none, one or two entities that are named.
    ///
    /// # Errors
    /// As [`Asking::entity`] and [`Asking::parties`].
    pub(crate) fn named(
        &self,
        one: Option<&str>,
        other: Option<&str>,
    ) -> Result<Vec<EntityId>, CliError> {
        match (one, other) {
            (Some(one), Some(other)) => Ok(self.parties(one, other)?.both().to_vec()),
            (Some(only), None) | (None, Some(only)) => Ok(vec![self.entity(only)?]),
            (None, None) => Ok(Vec::new()),
        }
    }

    /// Gives the names of those that a question is limited to, as a headline ends with them.
    pub(crate) fn of(&self, named: &[EntityId]) -> String {
        match named {
            [] => String::new(),
            named => {
                let names: Vec<String> = named.iter().map(|entity| self.name(*entity)).collect();
                format!(" of {}", names.join(" and "))
            }
        }
    }

    /// Gives the main name of an entity on the day.
    pub(crate) fn name(&self, entity: EntityId) -> String {
        self.inquiry.known().name(entity, self.inquiry.basis().on)
    }

    /// Gives the names of both parties, as a headline shows them.
    pub(crate) fn names(&self, parties: Parties) -> String {
        let [first, second] = parties.both();
        format!("{} – {}", self.name(first), self.name(second))
    }
}
