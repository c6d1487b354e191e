//! A folder of the file system. Must not buffer: what it has answered has been asked of the system.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::disk::error::DiskError;
use crate::disk::storage::{LockGuard, Storage, parent};

/// The lock file, which is never deleted: whoever deletes it lets two writers in.
const LOCK_NAME: &str = ".lock";

/// Keeps files in one folder of the file system.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// The file last written. A failed write-back is reported to descriptors that were open when it
    /// failed, so the sync must go through the descriptor that wrote.
    written: Mutex<Option<(String, File)>>,
}

impl Folder {
    /// Opens a folder that exists.
    ///
    /// # Errors
    /// [`DiskError::NotFound`] and [`DiskError::NotADirectory`] among others.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, DiskError> {
        let path = path.into();
        let found = fs::metadata(&path).map_err(|error| DiskError::new(&path, error))?;
        if !found.is_dir() {
            return Err(DiskError::new(path, io::ErrorKind::NotADirectory.into()));
        }
        Ok(Self { path, written: Mutex::new(None) })
    }

    /// Opens a folder, after creating it and the folders above it where they are missing.
    ///
    /// # Errors
    /// [`DiskError`]; some of the folders may have been created.
    pub fn create(path: impl Into<PathBuf>) -> Result<Self, DiskError> {
        let path = path.into();
        let mut missing = Vec::new();
        for above in path.ancestors().take_while(|above| !above.as_os_str().is_empty()) {
            match fs::metadata(above) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => missing.push(above),
                _ => break,
            }
        }
        for folder in missing.into_iter().rev() {
            create_folder(folder).map_err(|error| DiskError::new(folder, error))?;
        }
        Self::open(path)
    }

    /// Gives the folder another path, by which it becomes visible as a whole. Durable.
    ///
    /// # Errors
    /// [`DiskError::AlreadyExists`] when something is there, or what the system answers.
    pub fn rename(self, path: impl Into<PathBuf>) -> Result<Self, DiskError> {
        let path = path.into();
        let rename = || {
            if fs::exists(&path)? {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            fs::rename(&self.path, &path)?;
            sync_folder(above(&path))
        };
        rename().map_err(|error| DiskError::new(&path, error))?;
        Ok(Self { path, written: Mutex::new(None) })
    }

    /// Returns where the folder lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs a piece of work on a path within the folder, and attaches that path to its error.
    fn at<T>(&self, name: &str, work: impl FnOnce(&Path) -> io::Result<T>) -> Result<T, DiskError> {
        let path = if name.is_empty() { self.path.clone() } else { self.path.join(name) };
        let plain = name.is_empty() || name.split('/').all(|part| !matches!(part, "" | "." | ".."));
        let done = if plain { work(&path) } else { Err(io::ErrorKind::InvalidInput.into()) };
        done.map_err(|error| DiskError::new(path, error))
    }

    /// Runs a piece of work on the file opened for writing, which stays open for the next one.
    fn writing<T>(
        &self,
        name: &str,
        work: impl FnOnce(&mut File) -> io::Result<T>,
    ) -> Result<T, DiskError> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        self.at(name, |path| {
            let file = match written.take() {
                Some((kept, file)) if kept == name => file,
                _ => OpenOptions::new().write(true).open(path)?,
            };
            let (_, file) = written.insert((name.to_owned(), file));
            work(file)
        })
    }

    fn forget(&self, name: &str) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.take_if(|(kept, _)| kept == name);
    }
}

impl Storage for Folder {
    fn length(&self, name: &str) -> Result<u64, DiskError> {
        self.at(name, |path| Ok(fs::metadata(path)?.len()))
    }

    fn read_at(&self, name: &str, offset: u64, length: usize) -> Result<Vec<u8>, DiskError> {
        self.at(name, |path| {
            let mut file = File::open(path)?;
            let rest = file.metadata()?.len().saturating_sub(offset);
            let length_max = u64::try_from(length).unwrap_or(u64::MAX).min(rest);
            let mut bytes = Vec::with_capacity(usize::try_from(length_max).unwrap_or(length));
            file.seek(SeekFrom::Start(offset))?;
            file.take(length_max).read_to_end(&mut bytes)?;
            Ok(bytes)
        })
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, DiskError> {
        self.at(folder, |path| {
            let mut names = Vec::new();
            for entry in fs::read_dir(path)? {
                // A name that is not UTF-8 is not one of ours.
                names.extend(entry?.file_name().into_string());
            }
            names.sort_unstable();
            Ok(names)
        })
    }

    fn exists(&self, name: &str) -> Result<bool, DiskError> {
        self.at(name, |path| fs::exists(path))
    }

    fn write_at(&self, name: &str, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        self.writing(name, |file| {
            // To ask for the metadata would have some systems note the time of the next write as a change
            // of its own, which a sync has to write as well.
            if file.seek(SeekFrom::End(0))? < offset {
                return Err(io::Error::other("the write would leave a hole"));
            }
            file.seek(SeekFrom::Start(offset))?;
            file.write_all(bytes)
        })
    }

    fn sync(&self, name: &str) -> Result<(), DiskError> {
        self.writing(name, |file| file.sync_data())
    }

    fn truncate(&self, name: &str, length: u64) -> Result<(), DiskError> {
        self.writing(name, |file| {
            if file.metadata()?.len() < length {
                return Err(io::Error::other("cutting would lengthen the file"));
            }
            file.set_len(length)
        })
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), DiskError> {
        self.forget(name);
        self.at(&format!("{name}.new"), |new| {
            let mut file = File::create(new)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(new, new.with_file_name(file_name(name)))
        })?;
        self.sync_folder(parent(name))
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Result<(), DiskError> {
        self.forget(name);
        self.at(name, |path| {
            let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
            file.write_all(bytes)?;
            file.sync_data()?;
            let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
            *written = Some((name.to_owned(), file));
            Ok(())
        })?;
        self.sync_folder(parent(name))
    }

    fn remove(&self, name: &str) -> Result<(), DiskError> {
        self.forget(name);
        self.at(name, |path| fs::remove_file(path))
    }

    fn create_folder(&self, name: &str) -> Result<(), DiskError> {
        self.at(name, create_folder)
    }

    fn sync_folder(&self, name: &str) -> Result<(), DiskError> {
        self.at(name, sync_folder)
    }

    fn lock(&self) -> Result<LockGuard, DiskError> {
        self.at(LOCK_NAME, |path| {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(path)?;
            Ok(try_outcome(file.try_lock())?.then(|| LockGuard::new(Held(file))))
        })?
        .ok_or_else(|| DiskError::Locked { path: self.path.join(LOCK_NAME) })
    }

    fn is_locked(&self) -> Result<bool, DiskError> {
        self.at(LOCK_NAME, |path| match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            opened => {
                let file = opened?;
                Ok(try_outcome(file.try_lock_shared())?.then(|| Held(file)).is_none())
            }
        })
    }
}

/// Frees a lock when it is dropped. To close the file is not enough: a program that is being started just
/// then has it too, until it is the other program.
#[derive(Debug)]
struct Held(File);

impl Drop for Held {
    fn drop(&mut self) {
        // Closing the file frees it in any case, if later.
        self.0.unlock().ok();
    }
}

/// Tells whether the lock was got, leaving only real failures as errors.
fn try_outcome(tried: Result<(), TryLockError>) -> io::Result<bool> {
    match tried {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn create_folder(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
        done => done?,
    }
    sync_folder(above(path))
}

fn above(path: &Path) -> &Path {
    path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Other systems offer no way to sync a folder and journal its names themselves.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

fn file_name(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, file_name)| file_name)
}
