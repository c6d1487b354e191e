//! The dates of what is recorded, by role.

use clap::ArgGroup;

use crate::domain::date_roles::{Dates, Role};
use crate::domain::edtf::Edtf;

/// When it was; at least one of `--on`, `--signed` and `--announced`.
#[derive(Debug, Clone, clap::Args)]
#[command(group = ArgGroup::new("reading").args(["on", "signed", "announced"]).required(true).multiple(true))]
pub(crate) struct DateOptions {
    #[command(flatten)]
    dates: RoleDates,
}

impl From<DateOptions> for Dates {
    fn from(DateOptions { dates }: DateOptions) -> Self {
        Self {
            decided: dates.decided,
            approved: dates.approved,
            signed: dates.signed,
            effective: dates.on,
            announced: dates.announced,
        }
    }
}

/// The dates that are given, by role, where none has to be.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Dates (2022-06-30, 2022-06, 1948~, [..1990-09-30])")]
pub(crate) struct RoleDates {
    /// When it took effect
    #[arg(long, value_name = "DATE")]
    on: Option<Edtf>,
    /// When it was signed
    #[arg(long, value_name = "DATE")]
    signed: Option<Edtf>,
    /// When it was announced
    #[arg(long, value_name = "DATE")]
    announced: Option<Edtf>,
    /// When it was decided
    #[arg(long, value_name = "DATE")]
    decided: Option<Edtf>,
    /// When it was approved
    #[arg(long, value_name = "DATE")]
    approved: Option<Edtf>,
}

impl RoleDates {
    /// Gives each date with its role.
    pub(crate) fn named(&self) -> impl Iterator<Item = (Role, &Edtf)> {
        let all = [
            (Role::Effective, &self.on),
            (Role::Signed, &self.signed),
            (Role::Announced, &self.announced),
            (Role::Decided, &self.decided),
            (Role::Approved, &self.approved),
        ];
        all.into_iter().filter_map(|(role, date)| Some((role, date.as_ref()?)))
    }
}

/// One date at most, by its role.
#[derive(Debug, Clone, clap::Args)]
#[command(group = ArgGroup::new("role").args(["on", "signed", "announced", "decided", "approved"]).multiple(false))]
pub(crate) struct RoleDate {
    #[command(flatten)]
    dates: RoleDates,
}

impl RoleDate {
    /// Gives the date and its role.
    pub(crate) fn role_and_date(&self) -> Option<(Role, Edtf)> {
        self.dates.named().next().map(|(role, date)| (role, date.clone()))
    }
}
