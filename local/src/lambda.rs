//! One function as Lambda runs it: its handler with its own settings, and how it is invoked.
//!
//! An event is processed as in Lambda: JSON in, the adapter of `lambda_http`, JSON out.

use std::{convert::Infallible, sync::Arc, time::Duration};

use lambda_http::{
    Adapter, Body, Context, LambdaEvent, Request, Response, Service, request::LambdaRequest, service_fn,
};
use serde_json::Value;
use shared::{
    App,
    clock::{Clock, Timestamp},
};
use site::{AccountChanges, AppHandle, Site};
use uuid::Uuid;

use crate::{aws::Endpoints, iam::RolePolicy, inline::Inline, plan::Settings};

/// How long API Gateway waits for a function.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// A function with its own settings, as it would be deployed. Clones share both.
#[derive(Clone)]
pub(crate) enum Lambda {
    Api(AppHandle, Arc<App>),
    Site(Arc<Site>),
    AccountChanges(AccountChanges, Arc<str>),
    Inline(Arc<Inline>),
}

impl Lambda {
    /// Starts the function with the permissions of its role.
    pub(crate) fn start(
        settings: Settings,
        endpoints: &Endpoints,
        policy: &RolePolicy,
        clock: Clock,
    ) -> Self {
        match settings {
            Settings::Api(handle, config) => {
                let app = App::new(*config, endpoints.dynamodb(policy), endpoints.ses(policy), clock);
                Self::Api(handle, Arc::new(app))
            }
            Settings::Site(settings) => Self::Site(Arc::new(Site::new(&settings, clock))),
            Settings::AccountChanges(handle, service) => Self::AccountChanges(handle, service.into()),
            Settings::Inline(code) => Self::Inline(Arc::new(code)),
        }
    }

    /// Whether it handles SES's events about mails.
    pub(crate) fn takes_mail_events(&self) -> bool {
        matches!(self, Self::Api(AppHandle::MailEvent(_), _))
    }

    /// Invokes the function with an event; `None` if it failed.
    pub(crate) async fn invoke(&self, event: &Value, at: Timestamp) -> Option<Value> {
        let event = event.to_string();
        let mut context = Context::default();
        context.request_id = Uuid::new_v4().to_string();
        context.deadline = u64::try_from((at + TIME_LIMIT).as_millis()).unwrap_or(0);
        let lambda = self.clone();
        // A separate task: a panic ends only this invocation, and a client that disconnects doesn't end it.
        let invocation = tokio::spawn(async move {
            match &lambda {
                Self::Api(AppHandle::Route(handle), app) => {
                    adapted(&event, context, |request| handle(app, request)).await
                }
                Self::Api(AppHandle::Authorizer(handle), app) => {
                    let verdict = handle(app, serde_json::from_str(&event).ok()?).await.ok()?;
                    serde_json::to_value(verdict).ok()
                }
                Self::Api(AppHandle::MailEvent(handle), app) => {
                    handle(app, serde_json::from_str(&event).ok()?).await.ok()?;
                    Some(Value::Null)
                }
                Self::Site(site) => {
                    adapted(&event, context, async |request| site::handle(site, &request)).await
                }
                Self::AccountChanges(handle, service) => {
                    serde_json::to_value(handle(service, serde_json::from_str(&event).ok()?)).ok()
                }
                Self::Inline(code) => code.invoke(&event).await,
            }
        });
        invocation.await.ok().flatten()
    }
}

/// A request handler's reply to an event.
async fn adapted<'a, F>(event: &str, context: Context, handle: impl Fn(Request) -> F + 'a) -> Option<Value>
where
    F: Future<Output = Response<Body>> + Send + 'a,
{
    let request: LambdaRequest = serde_json::from_str(event).ok()?;
    let mut adapter = Adapter::from(service_fn(|request| {
        let answer = handle(request);
        async { Ok::<_, Infallible>(answer.await) }
    }));
    let Ok(reply) = adapter.call(LambdaEvent::new(request, context)).await;
    serde_json::to_value(reply).ok()
}
