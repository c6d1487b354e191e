//! The clock and the environment, read here and nowhere else. What is read is passed on as a value.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, FixedOffset, Local};

use crate::chain::millis::Millis;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::domain::day::Day;
use crate::domain::text::Text;

/// Gives the arguments that the program was started with, its own name aside.
pub(crate) fn arguments() -> impl Iterator<Item = String> {
    std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned())
}

/// Gives the program itself, to ask it again.
pub(crate) fn program() -> Result<PathBuf, CliError> {
    std::env::current_exe().map_err(|error| CliError::AskedAgain { reason: error.to_string() })
}

/// Reads a variable of the environment; one that is empty or not UTF-8 counts as not set.
#[allow(clippy::disallowed_methods, reason = "only cli reads the environment, and only here")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Gives the moment that `CHANCERY_NOW` names, else that of the clock, in the user's zone.
#[allow(clippy::disallowed_methods, reason = "only cli reads the clock, and only here")]
fn moment() -> Result<DateTime<FixedOffset>, CliError> {
    match variable("CHANCERY_NOW") {
        Some(text) => DateTime::parse_from_rfc3339(&text).map_err(|_| CliError::Now { text }),
        None => Ok(Local::now().fixed_offset()),
    }
}

/// Gives the moment at which something is being recorded.
pub(crate) fn now() -> Result<Millis, CliError> {
    let moment = moment()?;
    let number = u64::try_from(moment.timestamp_millis()).ok();
    let now = number.and_then(|number| Millis::new(number).ok());
    now.ok_or_else(|| CliError::Now { text: moment.to_rfc3339() })
}

/// Gives the present day in the user's zone.
pub(crate) fn today() -> Result<Day, CliError> {
    let text = moment()?.date_naive().to_string();
    Day::parse(&text).map_err(|_| CliError::Now { text })
}

/// Gives the folder of the ledger when none is named.
pub(crate) fn ledger() -> PathBuf {
    variable("CHANCERY_LEDGER").map_or_else(|| PathBuf::from("log"), PathBuf::from)
}

/// To how many bytes a segment may grow, where a test has programs that begin many.
#[cfg(feature = "test-support")]
pub(crate) fn segment_bytes_max() -> Option<usize> {
    variable("CHANCERY_TEST_SEGMENT_BYTES_MAX")?.parse().ok()
}

/// Gives the user's folder for what may be deleted at any time, if the system has one.
pub(crate) fn cache() -> Option<PathBuf> {
    let home = |below: &str| std::env::home_dir().map(|home| home.join(below));
    let caches = match variable("XDG_CACHE_HOME") {
        Some(folder) => Some(PathBuf::from(folder)),
        None if cfg!(windows) => variable("LOCALAPPDATA").map(PathBuf::from),
        None if cfg!(target_os = "macos") => home("Library/Caches"),
        None => home(".cache"),
    };
    caches.filter(|folder| folder.is_absolute()).map(|folder| folder.join("chancery"))
}

/// Gives the key that signs, or the file that it lies in, when none is named.
#[allow(clippy::disallowed_methods, reason = "only cli reads the environment, and only here")]
pub(crate) fn key() -> Option<OsString> {
    std::env::var_os("CHANCERY_KEY").filter(|value| !value.is_empty())
}

/// Gives the name of the recorder when none is named.
pub(crate) fn recorder() -> Result<Text, CliError> {
    let named = variable("CHANCERY_RECORDER").or_else(|| variable("USER"));
    let named = named.unwrap_or_else(|| "unknown".to_owned());
    Text::parse(named).map_err(|reason| CliError::Text { what: "recorder", reason })
}

/// Ctrl-C: the first asks long work to end at the next whole step, the second ends the program.
#[derive(Debug)]
pub(crate) struct Interruption(Arc<AtomicBool>);

impl Interruption {
    /// Begins to wait for it. Where the system lets nobody wait, Ctrl-C ends the program at once.
    pub(crate) fn await_first() -> Self {
        let come = Arc::new(AtomicBool::new(false));
        let number = signal_hook::consts::SIGINT;
        let code = i32::from(Exit::Interrupted.code());
        let ends =
            signal_hook::flag::register_conditional_shutdown(number, code, Arc::clone(&come));
        if ends.is_ok() {
            signal_hook::flag::register(number, Arc::clone(&come)).ok();
        }
        Self(come)
    }

    /// Says whether it has come.
    pub(crate) fn has_come(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
