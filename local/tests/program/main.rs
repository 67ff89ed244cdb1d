//! The program `local` as its user sees it: started as a process, observed from outside, ended by signals.
//!
//! Each test starts its own on free ports, with only the environment that it sets.

#![cfg(unix)]
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that can't go on fails")]

mod breached_passwords;
mod crashes;
mod foreign_pages;
mod hash_count;
mod output;
mod persistence;
mod program;
mod secrets;
mod shutdown;
