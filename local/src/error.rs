//! Why the stack didn't start: one line for whoever started it.

use std::{fmt, io, path::PathBuf};

use shared::config::ConfigError;

use crate::{Storage, template::TemplateError};

/// Why the stack didn't start.
#[derive(Debug)]
pub enum StartError {
    /// The template can't be used.
    Template {
        /// The template's file.
        path: PathBuf,
        /// What is wrong with it.
        reason: TemplateError,
    },
    /// The template has a function that isn't part of this program.
    UnknownFunction {
        /// The function's logical id.
        function: String,
        /// The name of its binary.
        binary: String,
    },
    /// A port can't be listened on.
    Port {
        /// The port.
        port: u16,
        /// What the system says.
        reason: io::Error,
    },
    /// The embedded database can't be opened.
    Data {
        /// Where it was to keep its items.
        storage: Storage,
        /// What the system or the database says.
        reason: String,
    },
    /// The tables can't be created.
    Tables {
        /// The DynamoDB endpoint.
        endpoint: String,
        /// What the SDK says.
        reason: String,
    },
    /// A setting is missing or wrong.
    Setting {
        /// The logical id of the function that reads it.
        function: String,
        /// Which setting, and what it must be.
        reason: ConfigError,
    },
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Template { path, reason } => {
                write!(f, "the template {} can't be used: {reason}", path.display())
            }
            Self::UnknownFunction { function, binary } => {
                write!(
                    f,
                    "the template's function {function} is the binary {binary}, which is not in the list of functions/site/src/functions.rs"
                )
            }
            Self::Port { port, reason } if reason.kind() == io::ErrorKind::AddrInUse => {
                write!(f, "port {port} is taken: choose others with --port and --dynamodb-port")
            }
            Self::Port { port, reason } => write!(f, "port {port} can't be listened on: {reason}"),
            Self::Data { storage: Storage::Folder(folder), reason } => {
                write!(f, "the data folder {} can't be used: {reason}", folder.display())
            }
            Self::Data { storage: Storage::Memory, reason } => {
                write!(f, "the database can't be opened: {reason}")
            }
            Self::Tables { endpoint, reason } => {
                write!(f, "the tables can't be created at {endpoint}: {reason}")
            }
            Self::Setting { function, reason } => write!(f, "the function {function} can't start: {reason}"),
        }
    }
}

impl std::error::Error for StartError {}
