//! The service under the faults, for one case after the other.

use serde_json::Value;
use tokio::sync::{OnceCell, Semaphore};
use uuid::Uuid;

use super::{scenario::Scenario, trial::Trial};
use crate::support::{EMAIL, Proxy, Service, faults::SEND_EMAIL};

/// Cases wait for their faults in parallel, but otherwise only two run at a time: on a busy machine a late healthy call
/// would be an additional fault.
pub(super) static BUSY: Semaphore = Semaphore::const_new(2);

/// An active account as it is stored, to be copied.
static ACCOUNT: OnceCell<Value> = OnceCell::const_new();

/// A service behind proxies, for one case after the other.
pub(super) struct Bench {
    pub(super) service: Service,
    dynamodb: Proxy,
    ses: Proxy,
}

impl Bench {
    pub(super) async fn start() -> Self {
        let _busy = BUSY.acquire().await.unwrap();
        let (service, dynamodb, ses) =
            Service::behind_proxies(&[("CODES_PER_HOUR", "10000"), ("CODES_PER_CLIENT_PER_DAY", "100")])
                .await;
        let activated = async {
            service.activated().await;
            service.user_item(EMAIL).await
        };
        ACCOUNT.get_or_init(|| activated).await;
        Self { service, dynamodb, ses }
    }

    /// Stores an active account.
    pub(super) async fn put_account(&self, email: &str) {
        let mut account = ACCOUNT.get().unwrap().clone();
        account["email"]["S"] = email.into();
        account["id"]["S"] = Uuid::new_v4().to_string().into();
        self.service.put_item("UsersTable", account).await;
    }

    pub(super) fn proxy(&self, operation: &str) -> &Proxy {
        if operation == SEND_EMAIL { &self.ses } else { &self.dynamodb }
    }

    pub(super) fn fail_first(&self, scenario: &Scenario) {
        if let Some((operation, fault)) = &scenario.first_failure {
            self.proxy(operation).fail(operation, 1, fault.clone());
        }
    }

    /// The calls that are made in a scenario: those of DynamoDB and those of SES.
    pub(super) async fn calls(&self, scenario: &'static Scenario) -> [Vec<String>; 2] {
        let mut trial = Trial::start(self, scenario).await;
        let proxies = [&self.dynamodb, &self.ses];
        drop(proxies.map(Proxy::take_calls));
        self.fail_first(scenario);
        trial.ask(scenario.request).await;
        proxies.map(Proxy::take_calls)
    }

    pub(super) async fn heal(&self) {
        self.dynamodb.heal().await;
        self.ses.heal().await;
    }
}
