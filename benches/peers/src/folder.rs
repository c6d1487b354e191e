//! The folder that the peers work in: where it lies, how many bytes are in it, and that it goes away.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::error::PeersError;

/// File systems that keep nothing on a disk.
const IN_MEMORY: [&str; 2] = ["tmpfs", "ramfs"];

/// A new folder, removed when it is dropped.
#[derive(Debug)]
pub(crate) struct WorkFolder(PathBuf);

impl WorkFolder {
    /// Makes one below the folder given, else beside the builds of this program.
    pub(crate) fn create(given: Option<&Path>) -> Result<Self, PeersError> {
        let beside = || {
            let program = std::env::current_exe()?;
            let target = program.parent().and_then(Path::parent);
            target.map(Path::to_owned).ok_or_else(|| io::ErrorKind::NotFound.into())
        };
        let below = match given {
            Some(folder) => folder.to_owned(),
            None => beside().map_err(PeersError::at("the folder of this program"))?,
        };
        fs::create_dir_all(&below).map_err(PeersError::at(&below))?;
        let below = fs::canonicalize(&below).map_err(PeersError::at(&below))?;
        let file_system = file_system_of(&below);
        if IN_MEMORY.contains(&file_system.as_str()) {
            return Err(PeersError::InMemory { path: below, file_system });
        }
        let path = below.join(format!("peers-{}", std::process::id()));
        Self::at(path)
    }

    /// Makes one of that path, which others may look into.
    pub(crate) fn at(path: PathBuf) -> Result<Self, PeersError> {
        let made = fs::DirBuilder::new().mode(0o755).create(&path);
        made.map_err(PeersError::at(&path))?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Makes a folder below it.
    pub(crate) fn below(&self, name: &str) -> Result<PathBuf, PeersError> {
        let path = self.0.join(name);
        fs::create_dir(&path).map_err(PeersError::at(&path))?;
        Ok(path)
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        // Whoever still writes into it has been ended before; what is left is left.
        drop(fs::remove_dir_all(&self.0));
    }
}

/// The bytes of all files below a path, or of the file that it is.
pub(crate) fn bytes_below(path: &Path) -> Result<u64, PeersError> {
    let found = fs::metadata(path).map_err(PeersError::at(path))?;
    if !found.is_dir() {
        return Ok(found.len());
    }
    let mut bytes = 0;
    for entry in fs::read_dir(path).map_err(PeersError::at(path))? {
        bytes += bytes_below(&entry.map_err(PeersError::at(path))?.path())?;
    }
    Ok(bytes)
}

/// The type of the file system that a folder lies on, as the system calls it.
pub(crate) fn file_system_of(folder: &Path) -> String {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    file_system_in(&mounts, folder).unwrap_or_else(|| "unknown".to_owned())
}

/// Of the mounts whose point is above the folder, the deepest; of several there, the last.
fn file_system_in(mounts: &str, folder: &Path) -> Option<String> {
    let fields = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let above = fields.filter_map(|fields| match fields[..] {
        [_, point, kind, ..] if folder.starts_with(point) => Some((point.len(), kind)),
        _ => None,
    });
    above.max_by_key(|(length, _)| *length).map(|(_, kind)| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_lies_on_the_deepest_mount_above_it() {
        let mounts = "a / ext4 rw 0 0\nb /var tmpfs rw 0 0\nc /var/lib xfs rw 0 0\n";
        let found = |folder: &str| file_system_in(mounts, Path::new(folder)).unwrap();
        assert_eq!(found("/var/lib/x"), "xfs");
        assert_eq!(found("/var/library"), "tmpfs");
        assert_eq!(found("/srv"), "ext4");
    }
}
