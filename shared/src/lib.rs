//! Code shared by the functions: the rules, and the clients for DynamoDB and SES. Depends on no function.
//!
//! | What | Where |
//! |---|---|
//! | settings, time | [`config`], [`clock`] |
//! | rules | [`email_address`], [`password`], `common_passwords`, `breached_passwords`, [`password_hash`], [`code`], [`registration`], [`limits`] |
//! | a request and its answer | [`http`], [`edge`], [`credentials`], [`problem`], [`openapi`] |
//! | any other event | [`invocation`] |
//! | DynamoDB | [`store`] |
//! | codes and their mail | [`code_issue`], [`mails`], [`mailer`] |
//! | log and metrics | [`telemetry`] |
//! | what both clients of AWS have in common, and the client of others | `aws`, `http_client` |
//! | all of it together | [`App`] |

mod app;
mod aws;
mod breached_passwords;
pub mod clock;
pub mod code;
pub mod code_issue;
mod common_passwords;
pub mod config;
pub mod credentials;
pub mod edge;
pub mod email_address;
pub mod http;
mod http_client;
pub mod invocation;
pub mod limits;
pub mod mailer;
pub mod mails;
pub mod openapi;
pub mod password;
pub mod password_hash;
pub mod problem;
pub mod registration;
pub mod store;
pub mod telemetry;

pub use app::{App, Mail, Passwords};
pub use aws::timeouts;
