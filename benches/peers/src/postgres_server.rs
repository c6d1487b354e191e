//! A PostgreSQL server of our own: a cluster below the work folder, reached by a socket alone. Must
//! touch no other cluster, and must be gone when the run ends.

use std::env;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use postgres::{Client, Config, NoTls};

use crate::error::PeersError;
use crate::folder::WorkFolder;
use crate::program::{find, run, version};

const PROGRAM: &str = "postgres";
const USER: &str = "chancery";
/// So often is the server asked whether it answers, with a pause in between.
const TRIES_MAX: u32 = 300;
const PAUSE: Duration = Duration::from_millis(100);

/// Durable to the full, which is the default; with memory and log enough that no checkpoint falls into
/// a measurement by its size.
const SETTINGS: [&str; 8] = [
    "listen_addresses=",
    "fsync=on",
    "synchronous_commit=on",
    "shared_buffers=512MB",
    "max_wal_size=8GB",
    "checkpoint_timeout=1h",
    "max_connections=40",
    "jit=off",
];

/// A server that runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    cluster: PathBuf,
    /// The path to a socket is short in every system, so the socket does not lie in the work folder.
    socket: WorkFolder,
    owner: Option<Owner>,
    programs: PathBuf,
    pub(crate) version: String,
}

/// The user that the server runs as when we are root, whom PostgreSQL refuses.
#[derive(Clone, Copy, Debug)]
struct Owner {
    user: u32,
    group: u32,
}

impl Server {
    /// Makes a cluster and starts a server for it.
    pub(crate) fn start(folder: &WorkFolder) -> Result<Self, PeersError> {
        let program = find_postgres("initdb")?;
        let programs = program.parent().map(Path::to_owned).unwrap_or_default();
        let version = version(PROGRAM, &programs.join(PROGRAM))?;
        let owner = Owner::needed()?;
        let (cluster, socket) = (folder.below("postgresql")?, socket_folder()?);
        for path in [&cluster, socket.path()] {
            if let Some(owner) = owner {
                chown(path, Some(owner.user), Some(owner.group)).map_err(PeersError::at(path))?;
            }
        }
        let command = |program: &str| {
            let mut command = Command::new(programs.join(program));
            command.current_dir(socket.path()).arg("-D").arg(&cluster);
            as_owner(&mut command, owner);
            command
        };
        let mut making = command("initdb");
        making.args(["--username", USER, "--auth=trust", "--encoding=UTF8", "--no-locale"]);
        run("initdb", &mut making, &[])?;
        let told = socket.path().join("log");
        let told = File::create(&told).map_err(PeersError::at(&told))?;
        let mut starting = command(PROGRAM);
        starting.arg("-k").arg(socket.path()).stdin(Stdio::null());
        starting.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        let failed = |error: std::io::Error| PeersError::Program {
            program: PROGRAM,
            detail: error.to_string(),
        };
        starting.stdout(told.try_clone().map_err(failed)?).stderr(told);
        let child = starting.spawn().map_err(failed)?;
        let server = Self { child, cluster, socket, owner, programs, version };
        server.wait()?;
        Ok(server)
    }

    /// Opens one more connection.
    pub(crate) fn connect(&self) -> Result<Client, postgres::Error> {
        let mut config = Config::new();
        config.host_path(self.socket.path()).user(USER).dbname("postgres").connect(NoTls)
    }

    fn wait(&self) -> Result<(), PeersError> {
        for _ in 0..TRIES_MAX {
            if self.connect().is_ok() {
                return Ok(());
            }
            thread::sleep(PAUSE);
        }
        let said = fs::read_to_string(self.socket.path().join("log")).unwrap_or_default();
        let detail = said.lines().last().unwrap_or("it does not answer").to_owned();
        Err(PeersError::Program { program: PROGRAM, detail })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut stopping = Command::new(self.programs.join("pg_ctl"));
        stopping.args(["stop", "-m", "fast", "-D"]).arg(&self.cluster);
        stopping.current_dir(self.socket.path());
        as_owner(&mut stopping, self.owner);
        if run("pg_ctl", &mut stopping, &[]).is_err() {
            // The cluster is thrown away: how the server ends does not matter, only that it does.
            drop(self.child.kill());
        }
        drop(self.child.wait());
    }
}

impl Owner {
    /// Who the server has to run as; nobody else, unless we are root.
    fn needed() -> Result<Option<Self>, PeersError> {
        let we = fs::metadata("/proc/self").map_err(PeersError::at("/proc/self"))?;
        if we.uid() != 0 {
            return Ok(None);
        }
        let users = fs::read_to_string("/etc/passwd").map_err(PeersError::at("/etc/passwd"))?;
        let owner = ["postgres", "nobody"].into_iter().find_map(|name| Self::of(&users, name));
        let detail = || "root may not run it, and there is no user to run it as".to_owned();
        let missing = || PeersError::Program { program: PROGRAM, detail: detail() };
        owner.map(Some).ok_or_else(missing)
    }

    fn of(users: &str, name: &str) -> Option<Self> {
        let lines = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let mut found = lines.filter(|fields| fields.first() == Some(&name));
        let fields = found.next()?;
        Some(Self { user: fields.get(2)?.parse().ok()?, group: fields.get(3)?.parse().ok()? })
    }
}

fn as_owner(command: &mut Command, owner: Option<Owner>) {
    if let Some(Owner { user, group }) = owner {
        command.uid(user).gid(group);
    }
}

fn socket_folder() -> Result<WorkFolder, PeersError> {
    WorkFolder::at(env::temp_dir().join(format!("chancery-peers-{}", std::process::id())))
}

/// Finds a program of the server, which distributions keep off the path.
fn find_postgres(program: &'static str) -> Result<PathBuf, PeersError> {
    let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path())
        .collect();
    folders.sort();
    let newest_first = folders.into_iter().rev().map(|folder| folder.join("bin"));
    let local = ["/usr/local/bin", "/usr/local/pgsql/bin"].map(PathBuf::from);
    let more: Vec<PathBuf> = newest_first.chain(local).collect();
    let found = find(program, &more)?;
    // A link on the path leads to the folder that holds the others too.
    let found = fs::canonicalize(&found).map_err(PeersError::at(&found))?;
    let beside = found.parent().map(|folder| folder.join(PROGRAM));
    let complete = beside.is_some_and(|path| path.is_file());
    complete.then_some(found).ok_or(PeersError::Missing { program: PROGRAM })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_name() {
        let users = "root:x:0:0:root:/:/bin/sh\npostgres:x:101:104::/var:/bin/sh\nbroken:x\n";
        let owner = Owner::of(users, "postgres").unwrap();
        assert_eq!((owner.user, owner.group), (101, 104));
        assert!(Owner::of(users, "nobody").is_none());
        assert!(Owner::of(users, "broken").is_none());
    }
}
