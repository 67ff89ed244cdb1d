//! What two functions need, and both edges to AWS. Knows no route.
//!
//! | What | Where |
//! |---|---|
//! | settings, time | [`config`], [`clock`] |
//! | rules, pure | [`email_address`], [`password`], [`password_hash`], [`code`], [`user`], [`limits`] |
//! | a request and its answer | [`http`], [`credentials`], [`problem`] |
//! | what readers are told of the problems | [`problem_guide`], [`openapi`] |
//! | DynamoDB | [`store`] |
//! | mail | [`delivery`], [`mailer`] |
//! | log and metrics | [`telemetry`] |
//! | what both clients of AWS have in common | `aws` |
//! | all of it together | [`App`] |

mod app;
mod aws;
pub mod clock;
pub mod code;
mod common_passwords;
pub mod config;
pub mod credentials;
pub mod delivery;
pub mod email_address;
pub mod http;
pub mod limits;
pub mod mailer;
pub mod openapi;
pub mod password;
pub mod password_hash;
pub mod problem;
pub mod problem_guide;
pub mod store;
pub mod telemetry;
pub mod user;

pub use app::{App, start, start_with_mail};
pub use aws::timeouts;
