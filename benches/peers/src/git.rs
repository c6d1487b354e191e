//! git: a commit for each event, whose tree holds the entry's bytes. Answers no question about a day.

use std::path::PathBuf;
use std::process::Command;

use chancery::tlog::hash::leaf_hash;

use crate::error::PeersError;
use crate::events::Event;
use crate::folder::{WorkFolder, bytes_below};
use crate::peer::{Answer, Held, Peer};
use crate::program::{find, run, version};

pub(crate) const NAME: &str = "git";

/// More would take minutes to check; a figure is given per entry.
const ENTRIES_MAX: u64 = 10_000;
/// Nothing of the user's own settings; whatever is committed is synced, or else its appends would not
/// be durable; no packing behind the clock's back.
const SETTINGS: [&str; 3] = ["core.fsync=all", "core.fsyncMethod=fsync", "gc.auto=0"];
/// When the first event is committed, in seconds since 1970.
const FIRST_SECOND: u64 = 1_750_000_000;

/// A bare repository.
#[derive(Debug)]
pub(crate) struct Git {
    path: PathBuf,
    program: PathBuf,
    version: String,
    is_empty: bool,
}

impl Git {
    pub(crate) fn new(folder: &WorkFolder) -> Result<Self, PeersError> {
        let program = find(NAME, &[])?;
        let version = version(NAME, &program)?;
        let git = Self { path: folder.below("git")?, program, version, is_empty: true };
        run(NAME, &mut git.command(&["init", "--quiet", "--bare", "--initial-branch=main"]), &[])?;
        Ok(git)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        command.arg("--git-dir").arg(&self.path).current_dir(&self.path);
        command.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        command.args(arguments);
        command
    }

    fn said(&self, arguments: &[&str]) -> Result<Vec<u8>, PeersError> {
        run(NAME, &mut self.command(arguments), &[])
    }

    /// Commits each event, all in one run of the program and with one sync of what it writes.
    fn import(&mut self, events: &[Event]) -> Answer<()> {
        let mut stream = Vec::new();
        for (position, event) in events.iter().enumerate() {
            let second = FIRST_SECOND + event.sequence.0;
            let message = format!("entry {}", event.sequence);
            let head = format!(
                "commit refs/heads/main\ncommitter chancery <peers@chancery.invalid> {second} +0000\n\
                 data {}\n{message}\n",
                message.len()
            );
            stream.extend_from_slice(head.as_bytes());
            if !self.is_empty && position == 0 {
                // The commits that follow in one stream follow each other as they are.
                stream.extend_from_slice(b"from refs/heads/main^0\n");
            }
            let file = format!("M 100644 inline entry\ndata {}\n", event.payload.len());
            stream.extend_from_slice(file.as_bytes());
            stream.extend_from_slice(&event.payload);
            stream.extend_from_slice(b"\n\n");
        }
        self.is_empty = false;
        // Says that nothing was cut off.
        stream.extend_from_slice(b"done\n");
        run(NAME, &mut self.command(&["fast-import", "--quiet", "--done"]), &stream)?;
        Ok(Some(()))
    }
}

impl Peer for Git {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> String {
        self.version.clone()
    }

    fn entries_max(&self) -> u64 {
        ENTRIES_MAX
    }

    fn load(&mut self, events: &[Event]) -> Answer<()> {
        self.import(events)
    }

    fn held(&mut self) -> Answer<Held> {
        let count = self.said(&["rev-list", "--count", "main"])?;
        let count = String::from_utf8_lossy(&count).trim().to_owned();
        let entries = count.parse();
        let entries = entries.map_err(|_| PeersError::Garbled { peer: NAME, found: count })?;
        let head = leaf_hash(&self.said(&["cat-file", "blob", "main:entry"])?);
        Ok(Some(Held { entries: Some(entries), head: Some(head) }))
    }

    fn verify(&mut self) -> Answer<Held> {
        self.said(&["fsck", "--full", "--no-progress"])?;
        Ok(Some(Held::default()))
    }

    fn append_single_durable(&mut self, event: &Event) -> Answer<()> {
        self.import(std::slice::from_ref(event))
    }

    fn append_batch_durable(&mut self, events: &[Event]) -> Answer<()> {
        self.import(events)
    }

    fn size_on_disk(&mut self) -> Answer<u64> {
        bytes_below(&self.path.join("objects")).map(Some)
    }
}
