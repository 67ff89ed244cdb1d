//! What the suites share: the service under test, its client, and the faults of its dependencies.

mod client;
mod concurrency;
pub(crate) mod faults;
pub(crate) mod openapi;
mod proxy;
mod service;
mod switchable_port;
mod tables;
pub(crate) mod template;

pub(crate) use self::{
    client::{
        Answer, Client, HTTP, OTHER_PASSWORD, PASSWORD, WRONG_PASSWORD, another, basic, builder, send, serve,
    },
    concurrency::{WRITE, count, interleave, tally},
    proxy::{Fault, Proxy},
    service::{DAY, EMAIL, MILLISECOND, MINUTE, NO_CODE_LIMITS, PAUSE, SECOND, Service},
};
