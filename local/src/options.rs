//! The options of the stack.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
};

use shared::clock::Clock;

use crate::{Storage, workspace};

/// What to start, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// The SAM template: see [`workspace`].
    pub template: PathBuf,
    /// Templates of other stacks, whose routes are served too. They may import what the first one exports.
    pub also: Vec<PathBuf>,
    /// The address to listen on. Anyone who can reach it can read all that is stored.
    pub host: IpAddr,
    /// The port of the HTTP API and the inbox; 0 for any free one.
    pub port: u16,
    /// The port of the embedded DynamoDB endpoint; 0 for any free one.
    pub dynamodb_port: u16,
    /// Where the embedded DynamoDB endpoint keeps its items.
    pub storage: Storage,
    /// Environment variables of every function, which override the template's. With `AWS_ENDPOINT_URL_DYNAMODB` or
    /// `AWS_ENDPOINT_URL_SESV2` the functions use that endpoint instead of the built-in one; an endpoint can have
    /// different tables in each `AWS_REGION`.
    pub settings: BTreeMap<String, String>,
    /// The functions' clock.
    pub clock: Clock,
}

impl Options {
    /// The workspace's template with these settings, on free ports of 127.0.0.1, in memory.
    #[must_use]
    pub fn in_memory<'a>(settings: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self {
            template: workspace().join("template.yaml"),
            also: Vec::new(),
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            dynamodb_port: 0,
            storage: Storage::Memory,
            settings: settings.into_iter().map(owned).collect(),
            clock: Clock::System,
        }
    }

    /// A setting, unless it is empty.
    pub(crate) fn setting(&self, name: &str) -> Option<String> {
        self.settings.get(name).filter(|value| !value.is_empty()).cloned()
    }
}
