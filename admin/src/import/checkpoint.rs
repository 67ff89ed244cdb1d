//! The progress of an import: the line up to which all is done, and how much of the file of refused rows belongs to
//! that.
//!
//! It is replaced atomically, so a kill leaves the older one or the newer one. Whatever was written to the file of
//! refused rows after it is cut off when the import continues, so no row is listed there twice.

use std::{
    fs::{self, File, OpenOptions},
    io::{BufWriter, ErrorKind, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Outcome;
use crate::answer::Failure;

/// How many rows had which outcome.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    /// Written.
    pub(super) imported: u64,
    /// Written by an earlier import.
    pub(super) imported_before: u64,
    /// Not written: the address has another account.
    pub(super) left_alone: u64,
    /// Refused.
    pub(super) refused: u64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct State {
    /// The length of the imported file, by which a different file is recognised.
    length: u64,
    /// All lines up to this one are done.
    line: u64,
    /// The length of the file of refused rows that belongs to them.
    refused_length: u64,
    #[serde(flatten)]
    tally: Tally,
}

/// An import under way.
pub(super) struct Checkpoint {
    path: PathBuf,
    state: State,
    refused_path: PathBuf,
    refused: Option<BufWriter<File>>,
    dry_run: bool,
}

impl Checkpoint {
    /// The checkpoint of an interrupted import. A dry run keeps none.
    pub(super) fn open(
        path: PathBuf,
        length: u64,
        refused_path: &Path,
        dry_run: bool,
    ) -> Result<Self, Failure> {
        let fresh = State { length, ..State::default() };
        let found = if dry_run { None } else { read(&path)? };
        let state = match found {
            None => fresh,
            Some(state) if state.length == length => state,
            Some(_) => {
                let text = "belongs to another file: delete it to import this one from its beginning";
                return Err(Failure::Refused(format!("{} {text}", path.display())));
            }
        };
        if state.line == 0 && refused_path.exists() {
            // Of a finished import.
            fs::remove_file(refused_path).map_err(|error| Failure::at(&refused_path.display(), &error))?;
        }
        Ok(Self { path, state, refused_path: refused_path.to_owned(), refused: None, dry_run })
    }

    /// The line up to which all is done.
    pub(super) fn line(&self) -> u64 {
        self.state.line
    }

    /// A row was written, or did not have to be.
    pub(super) fn done(&mut self, line: u64, outcome: Outcome) {
        self.state.line = line;
        let tally = &mut self.state.tally;
        *match outcome {
            Outcome::Stored => &mut tally.imported,
            Outcome::StoredBefore => &mut tally.imported_before,
            Outcome::LeftAlone => &mut tally.left_alone,
        } += 1;
    }

    /// A row was refused.
    pub(super) fn refused(&mut self, line: u64, reason: &str) -> Result<(), Failure> {
        self.state.line = line;
        self.state.tally.refused += 1;
        let text = format!("{}\n", json!({"line": line, "reason": reason}));
        let failed = |error| Failure::at(&self.refused_path.display(), &error);
        if self.refused.is_none() {
            let file = OpenOptions::new().create(true).truncate(false).write(true).open(&self.refused_path);
            let mut file = file.map_err(failed)?;
            file.set_len(self.state.refused_length).map_err(failed)?;
            file.seek(SeekFrom::End(0)).map_err(failed)?;
            self.refused = Some(BufWriter::new(file));
        }
        if let Some(refused) = &mut self.refused {
            refused.write_all(text.as_bytes()).map_err(failed)?;
            self.state.refused_length += text.len() as u64;
        }
        Ok(())
    }

    /// Saves the progress.
    pub(super) fn save(&mut self) -> Result<(), Failure> {
        if let Some(refused) = &mut self.refused {
            refused.flush().map_err(|error| Failure::at(&self.refused_path.display(), &error))?;
        }
        if self.dry_run {
            return Ok(());
        }
        let failed = |error| Failure::at(&self.path.display(), &error);
        let text = serde_json::to_vec(&self.state).map_err(|error| Failure::at(&"the checkpoint", &error))?;
        let newer = self.path.with_extension("checkpoint.new");
        fs::write(&newer, text).map_err(failed)?;
        fs::rename(&newer, &self.path).map_err(failed)
    }

    /// The import is done: there is nothing to continue.
    pub(super) fn finish(mut self) -> Result<Tally, Failure> {
        self.save()?;
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(Failure::at(&self.path.display(), &error))
            }
            _ => Ok(self.state.tally),
        }
    }
}

fn read(path: &Path) -> Result<Option<State>, Failure> {
    match fs::read(path) {
        Ok(text) => {
            serde_json::from_slice(&text).map(Some).map_err(|error| Failure::at(&path.display(), &error))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::at(&path.display(), &error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_was_refused_after_the_checkpoint_is_named_once() {
        let folder = tempfile::tempdir().unwrap();
        let (path, refused) = (folder.path().join("users.csv.checkpoint"), folder.path().join("refused"));
        let open = || Checkpoint::open(path.clone(), 9, &refused, false).unwrap();
        let mut killed = open();
        killed.refused(2, "why").unwrap();
        killed.save().unwrap();
        killed.refused(3, "why").unwrap();
        // Its output is in the file, but in no checkpoint.
        drop(killed);
        assert_eq!(fs::read_to_string(&refused).unwrap().lines().count(), 2);

        let mut next = open();
        assert_eq!(next.line(), 2);
        next.refused(3, "why").unwrap();
        assert_eq!(next.finish().unwrap().refused, 2);
        assert_eq!(fs::read_to_string(&refused).unwrap().lines().count(), 2);
        assert!(!path.exists());
    }
}
