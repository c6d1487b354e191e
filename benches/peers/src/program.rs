//! Programs that are installed, or are not.

use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::PeersError;

/// Finds a program where the shell would, or else in one of some more folders.
pub(crate) fn find(program: &'static str, more: &[PathBuf]) -> Result<PathBuf, PeersError> {
    let paths = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&paths).chain(more.iter().cloned());
    let mut programs = folders.map(|folder| folder.join(program));
    programs.find(|path| path.is_file()).ok_or(PeersError::Missing { program })
}

/// Runs a program to its end, gives it its input and returns what it prints.
pub(crate) fn run(
    program: &'static str,
    command: &mut Command,
    input: &[u8],
) -> Result<Vec<u8>, PeersError> {
    let failed = |detail: String| PeersError::Program { program, detail };
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().map_err(|error| failed(error.to_string()))?;
    let written = child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(input));
    let output = child.wait_with_output().map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(failed(format!("{}, {}", output.status, said.trim())));
    }
    written.map_err(|error| failed(error.to_string()))?;
    Ok(output.stdout)
}

/// The first number with a point in what a program says of its version.
pub(crate) fn version(program: &'static str, path: &Path) -> Result<String, PeersError> {
    let said = run(program, Command::new(path).arg("--version"), &[])?;
    Ok(version_in(&String::from_utf8_lossy(&said)))
}

fn version_in(said: &str) -> String {
    let words = said.split([' ', ',', '\n']);
    let is_version =
        |word: &&str| word.starts_with(|first: char| first.is_ascii_digit()) && word.contains('.');
    words.map(str::trim).find(is_version).unwrap_or("?").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_in_what_programs_say() {
        assert_eq!(version_in("git version 2.39.5\n"), "2.39.5");
        assert_eq!(version_in("hledger 1.25, linux-x86_64\n"), "1.25");
        assert_eq!(version_in("postgres (PostgreSQL) 15.18 (Debian 15.18-0)\n"), "15.18");
        assert_eq!(version_in("nothing"), "?");
    }

    #[test]
    fn what_a_program_says_when_it_fails_is_kept() {
        let failed = run("sh", Command::new("sh").args(["-c", "echo so >&2; exit 3"]), &[]);
        assert_eq!(failed.unwrap_err().to_string(), "sh failed: exit status: 3, so");
        let said = run("cat", &mut Command::new("cat"), b"as given").unwrap();
        assert_eq!(said, b"as given");
    }
}
