//! The limits, each in its file: what a request has to count, and on what condition. The attempts at a code are counted
//! on the code itself, in `store/codes.rs`.
//!
//! All of it is pure. A limit is a function of what was counted so far and the time; the store only counts, and obeys
//! what it is told here. Windows are fixed unless a limit says otherwise. An address that nobody registered is counted
//! like any other.

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
