//! The whole service on one machine: a DynamoDB endpoint, an SES endpoint with an inbox, and the HTTP API.
//!
//! For development and for tests; nothing of it is deployed. Routes, environment and tables come from `template.yaml`,
//! requests reach the functions as the events that API Gateway would send, and the functions use the AWS SDK as in
//! Lambda, with the permissions of their roles: only the endpoints differ. It listens on 127.0.0.1 only, unless told
//! otherwise, and does not answer foreign web pages.

mod authorizer;
mod aws;
mod database;
mod dynamodb;
mod error;
mod event;
mod feedback;
mod foreign;
mod gateway;
mod iam;
mod inbox;
mod inline;
mod lambda;
mod options;
mod plan;
mod route;
mod server;
mod ses;
mod stack;
mod suppression;
mod template;

use std::path::{Path, PathBuf};

pub use crate::{
    database::Storage,
    error::StartError,
    inbox::{Inbox, Mail},
    options::Options,
    stack::Stack,
    template::TemplateError,
};

/// The root of the workspace, where `template.yaml` is.
#[must_use]
pub fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}
