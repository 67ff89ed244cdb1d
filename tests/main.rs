//! The service from outside: every test starts the whole stack on free ports and speaks HTTP to it; those in
//! `anywhere` can do without it.
//!
//! A test is a sentence about what a client can rely on. Time is moved, never waited for; bcrypt runs at its lowest
//! cost but where the cost is the point.

#![expect(
    clippy::expect_used,
    clippy::unchecked_time_subtraction,
    clippy::unwrap_used,
    reason = "a test that can't go on fails"
)]

mod activate;
mod anywhere;
mod budget;
mod client;
mod documents;
mod door;
mod fault_matrix;
mod faults;
mod gateway;
mod growth;
mod hostile;
mod interleavings;
mod journey;
mod limits;
mod mail;
mod openapi;
mod permissions;
mod proxy;
mod races;
mod register;
mod round_trips;
mod scale;
mod send_code;
mod service;
mod site;
mod template;
