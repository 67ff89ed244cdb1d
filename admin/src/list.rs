//! `list` and `export`: all users, for people a page at a time, for programs in one file.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
};

use comfy_table::{Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use shared::email_address::EmailAddress;

use crate::{
    answer::{BOLD, Failure, print, tell},
    cli::{Export, List},
    rows::{Row, State, is_in, since},
    target::{Target, now},
};

/// How many items one call reads at most. Each call also ends at a megabyte.
const PAGE: i32 = 1000;

/// A page of the users.
pub(crate) async fn list(target: &Target, asked: &List) -> Result<(), Failure> {
    let (mut listed, mut after, limit) = (Vec::new(), asked.after.clone(), asked.limit.get());
    loop {
        let (users, next) = target.store.users(after.as_ref(), PAGE).await?;
        listed.extend(users.into_iter().filter(|user| is_in(user, asked.state, now())));
        after = next;
        if listed.len() > limit {
            listed.truncate(limit);
            after = listed.last().map(|user| user.identity().email.clone());
        }
        if after.is_none() || listed.len() == limit {
            break;
        }
    }
    if asked.json || asked.csv {
        let mut rows = Rows::new(Box::new(io::stdout().lock()), asked.json);
        for user in &listed {
            rows.write(&Row::of(user, false))?;
        }
        rows.finish()?;
    } else {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header(["ADDRESS", "STATE", "SINCE"]);
        for user in &listed {
            table.add_row([
                user.identity().email.as_str(),
                &State::of(user).to_string(),
                &since(user).to_string(),
            ]);
        }
        print(&table.trim_fmt())?;
    }
    if let Some(after) = after {
        tell(&format!("More: {BOLD}--after {}{BOLD:#}", after.as_str()));
    }
    Ok(())
}

/// All users, in a file or on standard output.
pub(crate) async fn export(target: &Target, asked: &Export) -> Result<(), Failure> {
    let to: Box<dyn Write> = match &asked.output {
        None => Box::new(io::stdout().lock()),
        Some(file) => {
            let opened = File::create(file).map_err(|error| Failure::at(&file.display(), &error))?;
            Box::new(BufWriter::new(opened))
        }
    };
    let progress = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template("{human_pos} users, {per_sec}, {elapsed}") {
        progress.set_style(style);
    }
    let mut rows = Rows::new(to, asked.json);
    let mut after: Option<EmailAddress> = None;
    loop {
        let (users, next) = target.store.users(after.as_ref(), PAGE).await?;
        for user in users.iter().filter(|user| is_in(user, asked.state, now())) {
            rows.write(&Row::of(user, asked.with_hashes))?;
            progress.inc(1);
        }
        after = next;
        if after.is_none() {
            break;
        }
    }
    rows.finish()?;
    progress.finish_and_clear();
    tell(&format!("{} users", progress.position()));
    Ok(())
}

/// The output: CSV with a header, or one JSON object per line.
enum Rows {
    Csv(Box<csv::Writer<Box<dyn Write>>>),
    Json(Box<dyn Write>),
}

impl Rows {
    fn new(to: Box<dyn Write>, json: bool) -> Self {
        if json { Self::Json(to) } else { Self::Csv(Box::new(csv::Writer::from_writer(to))) }
    }

    fn write(&mut self, row: &Row<'_>) -> Result<(), Failure> {
        let written = match self {
            Self::Csv(to) => to.serialize(row).map_err(io::Error::other),
            Self::Json(to) => {
                serde_json::to_writer(&mut *to, row).map_err(io::Error::other).and_then(|()| writeln!(to))
            }
        };
        written.map_err(|error| Failure::at(&"the output", &error))
    }

    fn finish(self) -> Result<(), Failure> {
        let flushed = match self {
            Self::Csv(mut to) => to.flush(),
            Self::Json(mut to) => to.flush(),
        };
        flushed.map_err(|error| Failure::at(&"the output", &error))
    }
}
