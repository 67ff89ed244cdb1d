//! The operators' command-line tool: shows a user, lists all, disables, enables, deletes, clears limits and marks, and
//! imports users from another system.
//!
//! It uses the rules of `shared` and writes through its store, so no condition is duplicated. Output for programs goes
//! to standard output, output for people to standard error. Only `export --with-hashes` shows hashes.

mod answer;
mod change;
mod clear;
mod cli;
mod import;
mod list;
mod rows;
mod show;
mod target;

use std::{io, process::ExitCode};

use clap::{CommandFactory, Parser};
use clap_complete::Shell;

use crate::{
    answer::Failure,
    change::{Action, change},
    cli::{Arguments, Command},
    target::Target,
};

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { stack, command } = Arguments::parse();
    match run(stack, command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}

async fn run(stack: cli::Stack, command: Command) -> Result<(), Failure> {
    let target = || Target::of(&stack);
    match command {
        Command::Show { email, json } => show::show(&target().await?, &email, json).await,
        Command::List(asked) => list::list(&target().await?, &asked).await,
        Command::Export(asked) => list::export(&target().await?, &asked).await,
        Command::Disable { email, how } => change(&target().await?, Action::Disable, &email, &how).await,
        Command::Enable { email, how } => change(&target().await?, Action::Enable, &email, &how).await,
        Command::Delete { email, how } => change(&target().await?, Action::Delete, &email, &how).await,
        Command::ClearBounce { email, how } => clear::bounce(&target().await?, &email, &how).await,
        Command::ClearLimits { email, how } => clear::limits(&target().await?, &email, &how).await,
        Command::Import(asked) => import::import(&target().await?, &asked).await,
        Command::Completion { shell } => {
            complete(shell);
            Ok(())
        }
    }
}

fn complete(shell: Shell) {
    clap_complete::generate(shell, &mut Arguments::command(), "admin", &mut io::stdout());
}
