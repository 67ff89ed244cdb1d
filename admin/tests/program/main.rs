//! The program as an operator runs it, on the whole stack in the test's own process.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod accounts;
mod files;
mod imports;
mod in_aws;
mod runbooks;
mod support;
