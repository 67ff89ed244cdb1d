//! The limits, one per file: what a request counts, and on what condition. The attempts at a code are counted on the
//! code itself, in `store/codes.rs`.
//!
//! A limit is a pure function of the counters and the time; the store only counts as it is told here. Windows are fixed
//! unless a limit says otherwise. An address that nobody registered is counted like any other.

mod client;
mod code_request;
mod codes;
mod counters;
mod mails;
mod of_address;
mod passwords;
mod requests;
mod window;

use self::window::Window;
pub use self::{
    client::Client,
    code_request::{AllowedCode, CodeRequest, notice},
    codes::{CodeLimits, ShortCodes},
    counters::{Count, Counters},
    mails::MailLimit,
    of_address::{clients, counted_of},
    passwords::{Admission, PasswordLimits, SignIn, Slot},
    requests::RequestLimit,
};
