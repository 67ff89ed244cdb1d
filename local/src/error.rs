//! Why the stack didn't start, in one line.

use std::{io, path::PathBuf};

use shared::config::ConfigError;
use thiserror::Error;

use crate::template::TemplateError;

/// Why the stack didn't start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The template can't be used.
    #[error("the template {} can't be used: {reason}", path.display())]
    Template {
        /// The template's file.
        path: PathBuf,
        /// The error.
        reason: TemplateError,
    },
    /// The template has a function that isn't part of this program.
    #[error(
        "the template's function {function} is the binary {binary}, \
         which is not in the list of functions/site/src/functions.rs"
    )]
    UnknownFunction {
        /// The function's logical id.
        function: String,
        /// The name of its binary.
        binary: String,
    },
    /// An authorizer's function is in none of the templates.
    #[error("the function of the authorizer {authorizer} is in none of the templates")]
    UnknownAuthorizer {
        /// The logical id of its API, and its name there.
        authorizer: String,
    },
    /// A setting is missing or wrong.
    #[error("the function {function} can't start: {reason}")]
    Setting {
        /// The logical id of the function that reads it.
        function: String,
        /// Which setting, and what it must be.
        reason: ConfigError,
    },
    /// Another program listens on a port.
    #[error("port {port} is taken: choose others with --port and --dynamodb-port")]
    PortTaken {
        /// The port.
        port: u16,
    },
    /// A port can't be listened on.
    #[error("port {port} can't be listened on: {reason}")]
    Port {
        /// The port.
        port: u16,
        /// The system's error.
        reason: io::Error,
    },
    /// The embedded database can't keep its items in this folder.
    #[error("the data folder {} can't be used: {reason}", folder.display())]
    DataFolder {
        /// The folder.
        folder: PathBuf,
        /// The error of the system or the database.
        reason: String,
    },
    /// The embedded database can't be opened in memory.
    #[error("the database can't be opened: {reason}")]
    Database {
        /// The database's error.
        reason: String,
    },
    /// The tables can't be created.
    #[error("the tables can't be created at {endpoint}: {reason}")]
    Tables {
        /// The DynamoDB endpoint.
        endpoint: String,
        /// The SDK's error.
        reason: String,
    },
}
