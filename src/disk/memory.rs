//! A folder in memory, for ledgers that need no disk and for tests. Must promise no more than a
//! real folder does.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::disk::error::DiskError;
use crate::disk::storage::{LockGuard, Storage};

/// Keeps files in memory; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    content: Arc<Mutex<Content>>,
}

#[derive(Debug, Default)]
struct Content {
    files: BTreeMap<String, Vec<u8>>,
    folders: BTreeSet<String>,
    locked: bool,
}

impl Memory {
    /// Returns the bytes of a file, if it is there.
    #[must_use]
    pub fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        self.content().files.get(name).cloned()
    }

    /// Puts a file there with exactly these bytes.
    pub fn set_bytes(&self, name: &str, bytes: impl Into<Vec<u8>>) {
        self.content().files.insert(name.to_owned(), bytes.into());
    }

    /// Returns every file with its bytes.
    #[must_use]
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        self.content().files.clone()
    }

    /// Returns a copy that shares nothing with this one and that nobody has locked.
    #[must_use]
    pub fn copy(&self) -> Self {
        let content = self.content();
        let (files, folders) = (content.files.clone(), content.folders.clone());
        Self { content: Arc::new(Mutex::new(Content { files, folders, locked: false })) }
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with_file<T>(
        &self,
        name: &str,
        work: impl FnOnce(&mut Vec<u8>) -> io::Result<T>,
    ) -> Result<T, DiskError> {
        let mut content = self.content();
        let file = content.files.get_mut(name).ok_or(io::ErrorKind::NotFound.into());
        file.and_then(work).map_err(|error| DiskError::new(name, error))
    }
}

impl Content {
    fn has_folder(&self, name: &str) -> bool {
        name.is_empty() || self.folders.contains(name)
    }
}

impl Storage for Memory {
    fn length(&self, name: &str) -> Result<u64, DiskError> {
        self.with_file(name, |file| u64::try_from(file.len()).map_err(io::Error::other))
    }

    fn read_at(&self, name: &str, offset: u64, length: usize) -> Result<Vec<u8>, DiskError> {
        self.with_file(name, |file| {
            let from = usize::try_from(offset).unwrap_or(usize::MAX).min(file.len());
            let to = from.saturating_add(length).min(file.len());
            Ok(file.get(from..to).unwrap_or_default().to_vec())
        })
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, DiskError> {
        let content = self.content();
        if !content.has_folder(folder) {
            return Err(DiskError::new(folder, io::ErrorKind::NotFound.into()));
        }
        let within = |name: &String| {
            let inner = match folder {
                "" => Some(name.as_str()),
                _ => name.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')),
            };
            inner.filter(|inner| !inner.contains('/')).map(str::to_owned)
        };
        let names: BTreeSet<String> =
            content.files.keys().chain(&content.folders).filter_map(within).collect();
        Ok(names.into_iter().collect())
    }

    fn exists(&self, name: &str) -> Result<bool, DiskError> {
        let content = self.content();
        Ok(content.files.contains_key(name) || content.has_folder(name))
    }

    fn write_at(&self, name: &str, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        self.with_file(name, |file| {
            let from = usize::try_from(offset).ok().filter(|from| *from <= file.len());
            let from = from.ok_or_else(|| io::Error::other("the write would leave a hole"))?;
            let to = from + bytes.len();
            if file.len() < to {
                file.resize(to, 0);
            }
            file[from..to].copy_from_slice(bytes);
            Ok(())
        })
    }

    fn sync(&self, name: &str) -> Result<(), DiskError> {
        self.with_file(name, |_| Ok(()))
    }

    fn truncate(&self, name: &str, length: u64) -> Result<(), DiskError> {
        self.with_file(name, |file| {
            let length = usize::try_from(length).ok().filter(|length| *length <= file.len());
            file.truncate(length.ok_or_else(|| io::Error::other("cutting would lengthen"))?);
            Ok(())
        })
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), DiskError> {
        self.set_bytes(name, bytes);
        Ok(())
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Result<(), DiskError> {
        let mut content = self.content();
        let parent = name.rsplit_once('/').map_or("", |(parent, _)| parent);
        if !content.has_folder(parent) {
            return Err(DiskError::new(name, io::ErrorKind::NotFound.into()));
        }
        if content.files.contains_key(name) || content.has_folder(name) {
            return Err(DiskError::new(name, io::ErrorKind::AlreadyExists.into()));
        }
        content.files.insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), DiskError> {
        let removed = self.content().files.remove(name);
        removed.map(drop).ok_or_else(|| DiskError::new(name, io::ErrorKind::NotFound.into()))
    }

    fn create_folder(&self, name: &str) -> Result<(), DiskError> {
        let mut content = self.content();
        if content.files.contains_key(name) {
            return Err(DiskError::new(name, io::ErrorKind::AlreadyExists.into()));
        }
        content.folders.insert(name.to_owned());
        Ok(())
    }

    fn sync_folder(&self, name: &str) -> Result<(), DiskError> {
        match self.content().has_folder(name) {
            true => Ok(()),
            false => Err(DiskError::new(name, io::ErrorKind::NotFound.into())),
        }
    }

    fn lock(&self) -> Result<LockGuard, DiskError> {
        let mut content = self.content();
        if content.locked {
            return Err(DiskError::Locked { path: ".lock".into() });
        }
        content.locked = true;
        Ok(LockGuard::new(Held(self.clone())))
    }

    fn is_locked(&self) -> Result<bool, DiskError> {
        Ok(self.content().locked)
    }
}

/// Frees the lock when it is dropped.
struct Held(Memory);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.content().locked = false;
    }
}
