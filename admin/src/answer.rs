//! Output for the operator: why a command failed, confirmations, and the line of JSON for the audit.

use std::{
    error::Error,
    io::{self, BufRead, IsTerminal, Write},
    iter,
    process::ExitCode,
};

use anstyle::{AnsiColor, Style};
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_dynamodb::error::ErrorMetadata;
use serde::Serialize;
use shared::problem::Problem;

use crate::cli::How;

pub(crate) const BOLD: Style = Style::new().bold();
const RED: Style = AnsiColor::Red.on_default().bold();

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command is refused in the current state.
    Refused(String),
    /// AWS or a file failed.
    Failed(String),
}

impl Failure {
    /// Tells the operator, and returns the exit code.
    pub(crate) fn tell(self) -> ExitCode {
        let (text, code) = match self {
            Self::Refused(text) => (text, 1),
            Self::Failed(text) => (text, 3),
        };
        tell(&format!("{RED}admin:{RED:#} {text}"));
        ExitCode::from(code)
    }

    /// What failed, at which file or endpoint.
    pub(crate) fn at(place: &impl ToString, error: &(dyn Error + 'static)) -> Self {
        Self::Failed(format!("{}: {}", place.to_string(), in_one_line(error)))
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        match problem.cause() {
            Some(cause) => Self::at(&"DynamoDB", cause),
            None => Self::Refused(problem.kind().detail.to_owned()),
        }
    }
}

/// Writes a line for people. In colour on a terminal, unless `NO_COLOR` is set.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// Writes a line for programs.
pub(crate) fn print(line: &str) -> Result<(), Failure> {
    writeln!(anstream::stdout(), "{line}").map_err(|error| Failure::at(&"standard output", &error))
}

/// Writes what was done as one line of JSON.
pub(crate) fn audit(change: &impl Serialize) -> Result<(), Failure> {
    let line = serde_json::to_string(change).map_err(|error| Failure::at(&"the audit", &error))?;
    print(&line)
}

/// Asks for confirmation of a change, unless `--dry-run` or `--yes` is given.
pub(crate) fn confirm(how: &How, question: &str) -> Result<(), Failure> {
    if how.yes || how.dry_run {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::Refused(
            "there is no terminal for the confirmation: use --yes or --dry-run".to_owned(),
        ));
    }
    let mut terminal = anstream::stderr();
    let _ = write!(terminal, "{question} [y/N] ");
    let _ = terminal.flush();
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(|error| Failure::at(&"standard input", &error))?;
    match line.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(Failure::Refused("nothing was done".to_owned())),
    }
}

/// An error and its sources, without repetitions and without what only says where in the SDK it was.
fn in_one_line(error: &(dyn Error + 'static)) -> String {
    let errors = || iter::successors(Some(error), |error| (*error).source());
    let mut texts: Vec<_> = errors().map(message).filter(|text| !is_wrapper(text)).collect();
    texts.dedup();
    let text = texts.join(": ");
    if errors().any(<dyn Error>::is::<CredentialsError>) {
        return format!(
            "no AWS credentials: sign in as for the AWS CLI, or name a --profile that has some\n{text}"
        );
    }
    text
}

fn message(error: &(dyn Error + 'static)) -> String {
    match error.downcast_ref::<ErrorMetadata>() {
        Some(error) => [error.code(), error.message()].into_iter().flatten().collect::<Vec<_>>().join(": "),
        None => error.to_string(),
    }
}

/// Whether a text of the SDK adds nothing to that of its source.
fn is_wrapper(text: &str) -> bool {
    ["dispatch failure", "service error", "other"].contains(&text) || text.starts_with("unhandled error")
}
