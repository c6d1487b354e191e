//! The dates of what is recorded, by role.

use clap::ArgGroup;

use crate::domain::date_roles::Dates;
use crate::domain::edtf::Edtf;

/// When it was; at least one of `--on`, `--signed` and `--announced`.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Dates (2022-06-30, 2022-06, 1948~, [..1990-09-30])")]
#[command(group = ArgGroup::new("reading").args(["on", "signed", "announced"]).required(true).multiple(true))]
pub(crate) struct DateOptions {
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

impl From<DateOptions> for Dates {
    fn from(options: DateOptions) -> Self {
        Self {
            decided: options.decided,
            approved: options.approved,
            signed: options.signed,
            effective: options.on,
            announced: options.announced,
        }
    }
}
