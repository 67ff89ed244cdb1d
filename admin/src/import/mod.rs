//! `import`: users of another system, from a file, row by row.
//!
//! A row is checked by the rules of a registration. A refused row is listed in a file with its line and reason, and the
//! import continues. Each row is one conditional write, so an import that was killed is run again with the same
//! command: rows that were written stay, the others are written, and a checkpoint lets it skip finished lines.

mod checkpoint;
mod file;
mod user;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures_util::{StreamExt, stream};
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use serde::Serialize;
use shared::{
    clock::Timestamp,
    problem::Problem,
    registration::Registration,
    store::{Import, Store},
};

use self::{
    checkpoint::{Checkpoint, Tally},
    file::{Line, Source},
    user::{Rules, is_of_same_row},
};
use crate::{
    answer::{BOLD, Failure, audit, confirm, tell},
    cli,
    target::{Target, now},
};

/// The progress is saved after this many rows.
const CHECKPOINT_EVERY: u64 = 100;

/// How often a row is retried while DynamoDB is throttled, after the SDK's own attempts; the pause doubles from a tenth
/// of a second, so they take a minute and a half.
const ATTEMPTS: u32 = 10;

/// What was done, for the audit.
#[derive(Serialize)]
struct Done<'a> {
    at: Timestamp,
    action: &'static str,
    file: &'a Path,
    #[serde(flatten)]
    tally: &'a Tally,
    dry_run: bool,
}

/// The outcome of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It was written.
    Stored,
    /// It was written by an earlier import.
    StoredBefore,
    /// Its address has another account, which was left alone.
    LeftAlone,
}

/// Reads, checks and writes all rows.
pub(crate) async fn import(target: &Target, asked: &cli::Import) -> Result<(), Failure> {
    let refused = asked.refused.clone().unwrap_or_else(|| beside(&asked.file, "refused"));
    let source = Source::open(&asked.file, asked.format, &asked.columns)?;
    let rules = Rules::of(asked, source.columns(), now())?;
    let what = if asked.replace { "Import, replacing existing accounts," } else { "Import" };
    let question = format!("{what} {BOLD}{}{BOLD:#} into {}?", asked.file.display(), target.name);
    confirm(&asked.how, &question)?;

    let mut checkpoint =
        Checkpoint::open(beside(&asked.file, "checkpoint"), source.length(), &refused, asked.how.dry_run)?;
    if checkpoint.line() > 0 {
        tell(&format!("Continues after line {}", HumanCount(checkpoint.line())));
    }
    let progress = progress(&source);
    let (store, done_before, read) = (Arc::new(target.store.clone()), checkpoint.line(), source.position());
    let rows = source.lines().skip_while(|line| line.number <= done_before).map(|Line { number, fields }| {
        (number, fields.and_then(|fields| rules.user(&fields).map_err(|error| error.to_string())))
    });
    let (dry_run, replace) = (asked.how.dry_run, asked.replace);
    let mut written = stream::iter(rows)
        .map(|(number, user)| {
            let store = Arc::clone(&store);
            async move {
                let outcome = match user {
                    Ok(_) if dry_run => Ok(Ok(Outcome::Stored)),
                    Ok(user) => tokio::spawn(async move { put(&store, &user, replace).await })
                        .await
                        .unwrap_or_else(|_| Err(Problem::internal("the write did not finish")))
                        .map(Ok),
                    Err(reason) => Ok(Err(reason)),
                };
                (number, outcome)
            }
        })
        .buffered(asked.parallel.into());
    let mut since_checkpoint = 0;
    while let Some((number, outcome)) = written.next().await {
        match outcome {
            Ok(Ok(outcome)) => checkpoint.done(number, outcome),
            Ok(Err(reason)) => checkpoint.refused(number, &reason)?,
            Err(problem) => {
                checkpoint.save()?;
                return Err(problem.into());
            }
        }
        since_checkpoint += 1;
        if since_checkpoint == CHECKPOINT_EVERY {
            since_checkpoint = 0;
            checkpoint.save()?;
            progress.set_position(read.get());
        }
    }
    progress.finish_and_clear();
    let tally = checkpoint.finish()?;
    audit(&Done { at: now(), action: "import", file: &asked.file, tally: &tally, dry_run })?;
    if tally.refused > 0 {
        let (count, file) = (HumanCount(tally.refused), refused.display());
        let rows = if tally.refused == 1 { "row was" } else { "rows were" };
        return Err(Failure::Refused(format!("{count} {rows} refused: {file} says why")));
    }
    Ok(())
}

/// Writes a user, with growing pauses while DynamoDB is throttled.
async fn put(store: &Store, user: &Registration, replace: bool) -> Result<Outcome, Problem> {
    let mut throttled = 0;
    let mut found = None;
    loop {
        let import = match &found {
            None => store.import(user, now()).await,
            Some(read) => store.import_over(read, user).await,
        };
        match import {
            Ok(Import::Stored) => return Ok(Outcome::Stored),
            Ok(Import::Exists(other)) if is_of_same_row(&other, user) => {
                return Ok(Outcome::StoredBefore);
            }
            Ok(Import::Exists(_)) if !replace => return Ok(Outcome::LeftAlone),
            Ok(Import::Exists(other)) => found = Some(other),
            Err(Problem::Unavailable(_)) if throttled < ATTEMPTS => {
                let pause = Duration::from_millis(100 << throttled).mul_f64(rand::random_range(0.5..1.0));
                throttled += 1;
                // What was read before the pause may have changed.
                found = None;
                tokio::time::sleep(pause).await;
            }
            Err(problem) => return Err(problem),
        }
    }
}

/// A progress bar of the bytes read, on a terminal.
fn progress(source: &Source) -> ProgressBar {
    let template = "{wide_bar} {bytes} of {total_bytes}, {elapsed}, {eta} left";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(source.length()).with_style(style)
}

/// The file's name with another ending added.
fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(".");
    name.push(ending);
    name.into()
}
