//! The command line.

use std::path::PathBuf;

use clap::Parser;

/// Measures chancery beside what its users could pick instead, after checking that all of them give
/// the same answers; prints one table.
#[derive(Clone, Debug, Parser)]
#[command(name = "chancery-peers", disable_version_flag = true)]
pub(crate) struct Arguments {
    /// How many entries are loaded before anything is asked
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub(crate) entries: u64,

    /// How often everything is measured
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) rounds: u16,

    /// The seed of the world
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,

    /// The folder to work below, on a disk [default: where this program was built]
    #[arg(long, value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,

    /// Which peers stand beside chancery [default: all that are installed]
    #[arg(long, value_name = "PEER,…", value_delimiter = ',')]
    pub(crate) only: Vec<String>,

    /// A file for all figures of all rounds
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}
