//! What holds for any running service with the default limits, whatever its mailer.
//!
//! Each test starts its own stack, unless `TEST_URL` names a service. Then the shell command `TEST_CODE_COMMAND` has to
//! print the code of the newest mail to `$EMAIL`, or nothing while there is none. Addresses are made of `TEST_EMAIL`
//! (`test@example.com`) and a plus tag. A run registers some twenty times; a service accepts 60 registrations an hour
//! from one source IP.

mod accounts;
mod credentials;
mod life;
mod pages;
pub(crate) mod requests;

use std::{ops::Deref, sync::LazyLock, time::Duration};

use tokio::{process::Command, time::sleep};
use uuid::Uuid;

use crate::support::{Client, PASSWORD, SECOND, Service};

/// How often to look for a mail, at intervals of a second.
const LOOKS: usize = 30;

static TEST_URL: LazyLock<Option<String>> = LazyLock::new(|| setting("TEST_URL"));
static TEST_CODE_COMMAND: LazyLock<Option<String>> = LazyLock::new(|| setting("TEST_CODE_COMMAND"));
static TEST_EMAIL: LazyLock<Option<String>> = LazyLock::new(|| setting("TEST_EMAIL"));

#[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the service")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The service that `TEST_URL` names, or the test's own.
pub(crate) struct Target {
    client: Client,
    own: Option<Service>,
}

impl Target {
    pub(crate) async fn from_env() -> Self {
        if let Some(url) = &*TEST_URL {
            return Self { client: Client::new(url.trim_end_matches('/').to_owned()), own: None };
        }
        let service = Service::start().await;
        Self { client: service.deref().clone(), own: Some(service) }
    }

    /// Registers a new address, and returns it with the code from the mail.
    pub(crate) async fn registered(&self) -> (String, String) {
        let email = new_email();
        self.register(&email, PASSWORD).await.expect(201);
        let code = self.code(&email).await;
        (email, code)
    }

    /// The code in the newest mail to this address.
    pub(crate) async fn code(&self, email: &str) -> String {
        self.code_after(email, "").await
    }

    /// The code in the newest mail to this address, after the code `older`.
    pub(crate) async fn code_after(&self, email: &str, older: &str) -> String {
        if let Some(service) = &self.own {
            return service.code(email).await;
        }
        let command = TEST_CODE_COMMAND.as_deref().expect("TEST_CODE_COMMAND, as there is TEST_URL");
        let mut code = String::new();
        for _ in 0..LOOKS {
            let printed =
                Command::new("sh").args(["-c", command]).env("EMAIL", email).output().await.unwrap();
            String::from_utf8(printed.stdout).unwrap().trim().clone_into(&mut code);
            if !code.is_empty() && code != older {
                break;
            }
            sleep(SECOND).await;
        }
        // One code in ten thousand equals the previous one.
        assert!(!code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit()), "no code: {code:?}");
        code
    }

    /// Lets time pass: moves the clock of the test's own service, or waits.
    pub(crate) async fn wait(&self, time: Duration) {
        match &self.own {
            Some(service) => service.clock.advance(time),
            None => sleep(time).await,
        }
    }
}

impl Deref for Target {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// An address that nobody registered before.
pub(crate) fn new_email() -> String {
    let (name, domain) = TEST_EMAIL.as_deref().unwrap_or("test@example.com").split_once('@').unwrap();
    format!("{name}+{}@{domain}", Uuid::new_v4().simple())
}
