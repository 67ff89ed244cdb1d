//! The command line.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use shared::email_address::EmailAddress;

use crate::rows::State;

const EXIT_CODES: &str = "Exit codes: 0 done; 1 refused (no such account, wrong state, changed meanwhile, not \
                          confirmed, some rows of an import); 2 usage; 3 AWS or a file failed.";

/// Manage the users of a stack
#[derive(Parser)]
#[command(name = "admin", version, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) stack: Stack,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The stack, and the credentials.
#[derive(Args)]
#[command(next_help_heading = "Stack")]
pub(crate) struct Stack {
    /// Name of the CloudFormation stack
    #[arg(long = "stack", global = true, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Use the local stack of `cargo run -p local`, not one in AWS
    #[arg(long, global = true)]
    pub(crate) local: bool,
    /// Port of its HTTP API
    #[arg(long, global = true, default_value_t = 8000, hide_default_value = true, hide = true)]
    pub(crate) port: u16,
    /// Port of its DynamoDB endpoint
    #[arg(long, global = true, default_value_t = 8001, hide_default_value = true, hide = true)]
    pub(crate) dynamodb_port: u16,
    /// Users' table; needed without --stack, as are the next two
    #[arg(long, global = true, value_name = "TABLE", env = "USERS_TABLE")]
    pub(crate) users_table: Option<String>,
    /// Codes' table
    #[arg(long, global = true, value_name = "TABLE", env = "CODES_TABLE")]
    pub(crate) codes_table: Option<String>,
    /// Limits' table
    #[arg(long, global = true, value_name = "TABLE", env = "LIMITS_TABLE")]
    pub(crate) limits_table: Option<String>,
    /// Profile of the AWS configuration; its credentials take precedence over those of the environment
    #[arg(long, global = true)]
    pub(crate) profile: Option<String>,
    /// AWS region of the stack [default: as the AWS CLI]
    #[arg(long, global = true)]
    pub(crate) region: Option<String>,
}

/// What to do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show an address: its account, its limits, whether mail reaches it
    Show {
        /// E-mail address of the account
        #[arg(value_name = "ADDRESS", value_parser = email)]
        email: EmailAddress,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// List users, a page at a time
    List(List),
    /// Disable an account until it is enabled again
    Disable {
        /// E-mail address of the account
        #[arg(value_name = "ADDRESS", value_parser = email)]
        email: EmailAddress,
        #[command(flatten)]
        how: How,
    },
    /// Enable a disabled account
    Enable {
        /// E-mail address of the account
        #[arg(value_name = "ADDRESS", value_parser = email)]
        email: EmailAddress,
        #[command(flatten)]
        how: How,
    },
    /// Delete an account or a registration permanently; nobody is mailed
    Delete {
        /// E-mail address of the account
        #[arg(value_name = "ADDRESS", value_parser = email)]
        email: EmailAddress,
        #[command(flatten)]
        how: How,
    },
    /// Mail an address again that bounced or complained: removes its mark, and its entry in SES's suppression list
    ClearBounce {
        /// E-mail address of the account
        #[arg(value_name = "ADDRESS", value_parser = email)]
        email: EmailAddress,
        #[command(flatten)]
        how: How,
    },
    /// Reset the limits of an address: wrong passwords, codes and mails
    ClearLimits {
        /// E-mail address of the account
        #[arg(value_name = "ADDRESS", value_parser = email)]
        email: EmailAddress,
        #[command(flatten)]
        how: How,
    },
    /// Write all users to a file
    Export(Export),
    /// Import users from a file of another system
    Import(Import),
    /// Print completions for a shell, such as `source <(admin completion bash)`
    Completion {
        /// The shell
        shell: Shell,
    },
}

/// How a change is made.
#[derive(Args)]
pub(crate) struct How {
    /// Don't ask for confirmation
    #[arg(long)]
    pub(crate) yes: bool,
    /// Say what would be done, without doing it
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// What `list` lists.
#[derive(Args)]
pub(crate) struct List {
    /// Only users in this state
    #[arg(long)]
    pub(crate) state: Option<State>,
    /// Number of users on a page
    #[arg(long, value_name = "N", default_value = "50")]
    pub(crate) limit: NonZeroUsize,
    /// Next page: users after this address, which the previous page printed
    #[arg(long, value_name = "ADDRESS", value_parser = email)]
    pub(crate) after: Option<EmailAddress>,
    /// Print one JSON object per line
    #[arg(long, conflicts_with = "csv")]
    pub(crate) json: bool,
    /// Print CSV with a header
    #[arg(long)]
    pub(crate) csv: bool,
}

/// What `export` writes.
#[derive(Args)]
pub(crate) struct Export {
    /// File to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write JSON lines instead of CSV
    #[arg(long)]
    pub(crate) json: bool,
    /// Only users in this state
    #[arg(long)]
    pub(crate) state: Option<State>,
    /// Include the bcrypt hashes: protect the file like the users' table
    #[arg(long)]
    pub(crate) with_hashes: bool,
}

/// What `import` reads, and how.
#[derive(Args)]
pub(crate) struct Import {
    /// File to import: CSV with a header, JSON lines, or the output of PostgreSQL's \copy
    pub(crate) file: PathBuf,
    /// Format of the file [default: csv for .csv, jsonl for .jsonl and .ndjson, pg for .tsv and .txt]
    #[arg(long)]
    pub(crate) format: Option<Format>,
    /// Names of the columns, in order and separated by commas, of a file without a header
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub(crate) columns: Vec<String>,
    /// Import all rows as active accounts if the file has no column that says so
    #[arg(long)]
    pub(crate) all_activated: bool,
    /// Replace existing accounts instead of leaving them alone
    #[arg(long)]
    pub(crate) replace: bool,
    /// The file was written by `export --with-hashes` of this service: keep its hashes as they are
    #[arg(long)]
    pub(crate) own_hashes: bool,
    /// Hours from now within which rows that are not activated can be activated
    #[arg(long, value_name = "N", default_value_t = 24)]
    pub(crate) pending_hours: u64,
    /// File for the lines and reasons of refused rows [default: FILE.refused]
    #[arg(long, value_name = "FILE")]
    pub(crate) refused: Option<PathBuf>,
    /// Number of simultaneous writes
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) parallel: u16,
    #[command(flatten)]
    pub(crate) how: How,
}

/// A format of `import`.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// Comma-separated values
    Csv,
    /// One JSON object per line
    Jsonl,
    /// The text format of PostgreSQL's \copy
    Pg,
}

fn email(text: &str) -> Result<EmailAddress, String> {
    EmailAddress::parse(text).map_err(|error| error.to_string())
}
