//! What is said about something that is recorded, besides the event itself.

use crate::cli::error::CliError;
use crate::cli::options::source::TypedSource;
use crate::cli::surroundings;
use crate::domain::event::Event;
use crate::domain::sequence::Reference;
use crate::domain::text::{Key, Note, Text};
use crate::ledger::draft::Draft;

/// What is said about an event by the one who records it.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Recording")]
pub(crate) struct RecordingOptions {
    /// Who records it [default: $CHANCERY_RECORDER, else $USER, else unknown]
    #[arg(long, value_name = "NAME")]
    recorder: Option<Text>,
    /// Name for the entry, unique and for ever
    #[arg(long)]
    key: Option<Key>,
    /// "title | publisher | published | address | grade | confidence"; may be given again
    #[arg(long, value_name = "SOURCE")]
    source: Vec<TypedSource>,
    /// What else there is to say
    #[arg(long)]
    note: Option<Note>,
    /// Record it in spite of what the rules find, for this reason
    #[arg(long, value_name = "REASON")]
    even_so: Option<Text>,
    /// Show what would be appended, and append nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

impl RecordingOptions {
    /// Makes a draft of an event.
    ///
    /// # Errors
    /// When the environment names a recorder that cannot be one.
    pub(crate) fn draft(self, event: Event<Reference>) -> Result<Draft, CliError> {
        let recorder = self.recorder.map_or_else(surroundings::recorder, Ok)?;
        Ok(Draft {
            recorder: Some(recorder),
            key: self.key,
            sources: self.source.into_iter().map(|TypedSource(source)| source).collect(),
            note: self.note,
            even_so: self.even_so,
            ..Draft::new(event)
        })
    }
}
