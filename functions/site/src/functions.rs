//! The functions, except the pages. This is the only list of them in Rust: the OpenAPI document and `local` are built
//! from it.
//!
//! A new route is its crate in `functions/`, a dependency and a line here, and its block of `template.yaml`;
//! CONTRIBUTING.md, "Adding a route", has the rest.

use std::pin::Pin;

use authorize::{Event, Verdict};
use lambda_http::{Body, Request, Response};
use shared::{App, config::Need};
use utoipa::OpenApi;

/// The future of a handler's answer.
type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Makes events of the changes of accounts, under the service's name.
pub type AccountChanges = fn(&str, Vec<account_events::Change>) -> Vec<account_events::Event>;

/// A function, with what it needs to run outside Lambda.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// The name of its crate, as Rust writes it.
    crate_name: &'static str,
    /// What it does with an event.
    pub handle: Handle,
}

/// What a function does with an event.
#[derive(Clone, Copy, Debug)]
pub enum Handle {
    /// It has the application, with the settings that it needs.
    WithApp(&'static [Need], AppHandle),
    /// It knows the service's name only, and makes events of the changes of accounts.
    AccountChanges(AccountChanges),
}

/// What a function that has the application does with an event.
#[derive(Clone, Copy, Debug)]
pub enum AppHandle {
    /// Answers a request to a route of the API.
    Route(for<'a> fn(&'a App, Request) -> Answer<'a, Response<Body>>),
    /// Decides on a request to another API.
    Authorizer(for<'a> fn(&'a App, Event) -> Answer<'a, Result<Verdict, &'static str>>),
    /// Handles an SES event about a mail.
    MailEvent(for<'a> fn(&'a App, mail_feedback::Event) -> Answer<'a, Result<(), &'static str>>),
}

macro_rules! functions {
    (
        routes: $($route:ident),+;
        authorizer: $authorizer:ident;
        mail_events: $mail_events:ident;
        account_changes: $account_changes:ident;
    ) => {
        /// The operations, each described next to its handler.
        #[derive(OpenApi)]
        #[openapi(paths($($route::handle),+))]
        pub(crate) struct Operations;

        const FUNCTIONS: &[Function] = &[
            $(Function {
                crate_name: stringify!($route),
                handle: Handle::WithApp($route::NEEDS, AppHandle::Route(|app, request| Box::pin($route::handle(app, request)))),
            },)+
            Function {
                crate_name: stringify!($authorizer),
                handle: Handle::WithApp($authorizer::NEEDS, AppHandle::Authorizer(|app, event| Box::pin($authorizer::handle(app, event)))),
            },
            Function {
                crate_name: stringify!($mail_events),
                handle: Handle::WithApp($mail_events::NEEDS, AppHandle::MailEvent(|app, event| Box::pin($mail_events::handle(app, event)))),
            },
            Function {
                crate_name: stringify!($account_changes),
                handle: Handle::AccountChanges($account_changes::handle),
            },
        ];
    };
}

// The routes in the order in which the API reference shows them.
functions! {
    routes:
        register,
        activate,
        send_code,
        me,
        change_password,
        forgot_password,
        reset_password,
        delete_account;
    authorizer: authorize;
    mail_events: mail_feedback;
    account_changes: account_events;
}

impl Function {
    /// The function that is deployed as this binary, such as `send-code`.
    pub fn of_binary(binary: &str) -> Option<Self> {
        let crate_name = binary.replace('-', "_");
        FUNCTIONS.iter().copied().find(|function| function.crate_name == crate_name)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn every_route_checks_the_secret_of_the_edge() {
        for function in FUNCTIONS {
            if let Handle::WithApp(needs, AppHandle::Route(_)) = function.handle {
                assert!(needs.contains(&Need::Edge), "{}", function.crate_name);
            }
        }
    }

    #[test]
    fn every_folder_of_functions_is_in_the_list() {
        let folders = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for folder in fs::read_dir(folders).unwrap() {
            let folder = folder.unwrap().file_name().into_string().unwrap();
            assert!(
                folder == "site" || Function::of_binary(&folder).is_some(),
                "functions/{folder} is missing from the list in functions/site/src/functions.rs"
            );
        }
    }
}
