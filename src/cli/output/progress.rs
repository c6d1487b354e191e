//! How far long work has come, on a terminal only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::options::place::Place;

/// A line that says how far long work has come.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Begins; nothing is shown where standard error is no terminal, or to those who want silence.
    pub(crate) fn new(place: &Place, what: &str) -> Self {
        let bar = ProgressBar::new_spinner();
        if place.quiet {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        let template = format!("{{spinner}} {{human_pos}} {what} · {{per_sec}} · {{elapsed}}");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        Self { bar }
    }

    /// Begins work of which it is known how much there is.
    pub(crate) fn of(place: &Place, what: &str, total: u64) -> Self {
        let Self { bar } = Self::new(place, what);
        bar.set_length(total);
        let template = format!(
            "{{wide_bar}} {{human_pos}} of {{human_len}} {what} · {{elapsed}} · {{eta}} left"
        );
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        Self { bar }
    }

    /// Says how far it is.
    pub(crate) fn at(&self, done: u64) {
        self.bar.set_position(done);
    }

    /// Takes the line away.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
