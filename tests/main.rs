//! The service from outside: every test starts the whole stack on free ports and speaks HTTP to it; those in
//! `any_service` can also use a running service.
//!
//! A test is a sentence about what a client can rely on. Tests move the clock instead of waiting; bcrypt runs at its
//! lowest cost unless the test is about the cost.

#![expect(
    clippy::expect_used,
    clippy::unchecked_time_subtraction,
    clippy::unwrap_used,
    reason = "a test that can't go on fails"
)]

mod account_events;
mod activate;
mod any_service;
mod attacks;
mod authorize;
mod breached_passwords;
mod change_password;
mod delete_account;
mod disabled;
mod docs_in_sync;
mod edge;
mod fault_matrix;
mod faults;
mod fuzz_events;
mod gateway;
mod guess_budget;
mod histories;
mod interleavings;
mod journey;
mod limits;
mod mail;
mod mail_feedback;
mod me;
mod openapi;
mod operators;
mod permissions;
mod races;
mod register;
mod reset_password;
mod round_trips;
mod send_code;
mod site;
mod slow;
mod support;
mod template;
