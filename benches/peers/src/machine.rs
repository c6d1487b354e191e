//! What the figures were measured on: the machine, and the versions of what was built for it. Must
//! name no folder of the machine.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use crate::folder::file_system_of;
use crate::program::run;

const MANIFEST_OF_CHANCERY: &str = include_str!("../../../Cargo.toml");
const LOCK: &str = include_str!("../Cargo.lock");

/// The machine of a run.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
    /// The file system that the peers' files lie on.
    pub(crate) file_system: String,
}

impl Machine {
    /// Reads what the system says of itself.
    pub(crate) fn read(folder: &Path) -> Self {
        let said = |path| fs::read_to_string(path).unwrap_or_default();
        let kernel = said("/proc/sys/kernel/osrelease").trim().to_owned();
        Self {
            processor: processor_in(&said("/proc/cpuinfo")),
            cores: thread::available_parallelism().map_or(1, usize::from),
            kernel: if kernel.is_empty() { "unknown".to_owned() } else { kernel },
            file_system: file_system_of(folder),
        }
    }
}

fn processor_in(said: &str) -> String {
    let line = said.lines().find_map(|line| line.strip_prefix("model name"));
    let name = line.and_then(|rest| rest.split_once(':')).map(|(_, name)| name.trim());
    name.unwrap_or("unknown processor").to_owned()
}

/// The version in chancery's manifest.
pub(crate) fn version_of_chancery() -> String {
    let mut lines = MANIFEST_OF_CHANCERY.lines();
    lines.find_map(|line| quoted(line, "version = ")).unwrap_or("?").to_owned()
}

/// The commit that chancery was built from, in brackets, where git can tell; whether anything was
/// changed since then is said too.
pub(crate) fn commit_of_chancery() -> String {
    let mut git = Command::new("git");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    git.args(["-C", folder, "describe", "--always", "--exclude=*", "--dirty=, changed"]);
    let Ok(said) = run("git", &mut git, &[]) else { return String::new() };
    format!(" ({})", String::from_utf8_lossy(&said).trim())
}

/// The version of a crate in this package's lock file.
pub(crate) fn version_in_lock(name: &str) -> String {
    let mut lines = LOCK.lines().skip_while(|line| quoted(line, "name = ") != Some(name));
    lines.find_map(|line| quoted(line, "version = ")).unwrap_or("?").to_owned()
}

fn quoted<'a>(line: &'a str, before: &str) -> Option<&'a str> {
    line.strip_prefix(before)?.strip_prefix('"')?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found() {
        assert_eq!(version_of_chancery().split('.').count(), 3);
        assert_eq!(version_in_lock("redb").split('.').count(), 3);
        assert_eq!(version_in_lock("no such crate"), "?");
    }

    #[test]
    fn a_processor_is_called_as_the_system_calls_it() {
        let said = "processor\t: 0\nmodel name\t: A Chip 7 @ 3 GHz\nmodel name\t: Another\n";
        assert_eq!(processor_in(said), "A Chip 7 @ 3 GHz");
        assert_eq!(processor_in(""), "unknown processor");
    }
}
