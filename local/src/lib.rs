//! The whole service on one machine: a DynamoDB endpoint, an SES endpoint with an inbox, and the HTTP API.
//!
//! For development and for tests; nothing of it is deployed. Routes, environment and tables come from
//! `template.yaml`, requests reach the functions as the events that API Gateway would send, and the functions use
//! the AWS SDK as they do in Lambda, with the permissions that their roles have there: only the endpoints are others.
//! Listens on 127.0.0.1 only, unless told otherwise.

mod aws;
mod database;
mod error;
mod event;
mod gateway;
mod iam;
mod inbox;
mod lambda;
mod route;
mod ses;
mod template;

use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum::Router;
use serde_json::Value;
use shared::{
    App,
    clock::Clock,
    config::{Config, PageSettings},
};
use site::{Function, Site};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle, time};

pub use crate::{
    database::Storage,
    error::StartError,
    inbox::{Inbox, Mail},
    template::TemplateError,
};
use crate::{
    gateway::Gateway,
    iam::RolePolicy,
    lambda::Lambda,
    route::Route,
    template::{FunctionResource, Permissions, Template},
};

/// How long a request that is being answered may hold up the end.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(1);

/// The template's parameters that have another value here, each with the setting that goes before it.
const PARAMETER_OVERRIDES: [(&str, &str, &str); 2] =
    [("Mailer", "MAILER", "ses"), ("MailFrom", "MAIL_FROM", "no-reply@example.com")];

/// What the functions see unless a setting says otherwise.
const ENVIRONMENT_OVERRIDES: [(&str, &str); 2] =
    [("CODE_SECRET", "for development only, never to be deployed"), ("INBOX_URL", "/inbox")];

/// What to start, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// The SAM template: see [`workspace`].
    pub template: PathBuf,
    /// The address to listen on. Whoever reaches it can read all that is stored.
    pub host: IpAddr,
    /// The port of the HTTP API and the inbox; 0 for any free one.
    pub port: u16,
    /// The port of the embedded DynamoDB endpoint; 0 for any free one.
    pub dynamodb_port: u16,
    /// Where the embedded DynamoDB endpoint keeps its items.
    pub storage: Storage,
    /// Environment variables of every function; they go before the template's. With `AWS_ENDPOINT_URL_DYNAMODB`
    /// or `AWS_ENDPOINT_URL_SESV2` the functions use that endpoint and not the built-in one, and in each
    /// `AWS_REGION` an endpoint may keep other tables.
    pub settings: BTreeMap<String, String>,
    /// The functions' time.
    pub clock: Clock,
}

/// The running stack. Dropping it stops it as well, without waiting.
pub struct Stack {
    api: Arc<Gateway>,
    gateway: Server,
    /// `None` when the settings name another DynamoDB endpoint.
    database: Option<Server>,
    dynamodb_url: String,
    inbox: Inbox,
    policies: Vec<RolePolicy>,
}

impl Stack {
    /// Starts the stack. When this returns it answers.
    ///
    /// # Errors
    /// When a port is taken, or the template, the data folder or a setting can't be used.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let setting = |name: &str| options.settings.get(name).filter(|value| !value.is_empty()).cloned();
        let parameters = PARAMETER_OVERRIDES
            .map(|(parameter, name, own)| (parameter, setting(name).unwrap_or_else(|| own.to_owned())));
        let template = Template::read(&options.template, &parameters)
            .map_err(|reason| StartError::Template { path: options.template.clone(), reason })?;
        let functions = template
            .functions
            .into_iter()
            .map(|resource| configure(resource, &options.settings))
            .collect::<Result<Vec<_>, _>>()?;
        let (listener, address) = listen(options.host, options.port).await?;

        let (database, dynamodb_url) = if let Some(elsewhere) = setting("AWS_ENDPOINT_URL_DYNAMODB") {
            (None, elsewhere)
        } else {
            let server = serve_database(options.host, options.dynamodb_port, &options.storage).await?;
            let url = server.url();
            (Some(server), url)
        };
        let sdk = aws::config(setting("AWS_REGION").as_deref());
        database::create_tables(&aws::dynamodb(&sdk, &dynamodb_url, None), &template.tables)
            .await
            .map_err(|reason| StartError::Tables { endpoint: dynamodb_url.clone(), reason })?;

        let ses_url = setting("AWS_ENDPOINT_URL_SESV2").unwrap_or_else(|| format!("http://{address}/ses"));
        let (mut routes, mut policies) = (Vec::new(), Vec::new());
        for Configured { name, settings, routes: own, permissions } in functions {
            let (clock, policy) = (options.clock.clone(), RolePolicy::new(name, permissions));
            let lambda = match settings {
                Settings::Api(function, config) => {
                    let dynamodb = aws::dynamodb(&sdk, &dynamodb_url, Some(&policy));
                    let ses = aws::ses(&sdk, &ses_url, &policy);
                    Lambda::Api(function, Arc::new(App::new(*config, dynamodb, ses, clock)))
                }
                Settings::Site(settings) => Lambda::Site(Arc::new(Site::new(&settings, clock))),
            };
            routes.extend(own.into_iter().map(|route| (route, lambda.clone())));
            policies.push(policy);
        }

        let inbox = Inbox::new();
        let api = Arc::new(Gateway { routes, clock: options.clock.clone() });
        let service = inbox::router(inbox.clone())
            .merge(ses::router(inbox.clone(), options.clock))
            .merge(Router::new().fallback(gateway::handle).with_state(Arc::clone(&api)));
        let gateway = Server::start(address, |stop| serve_http(listener, service, stop));
        Ok(Self { api, gateway, database, dynamodb_url, inbox, policies })
    }

    /// Where the HTTP API answers, without a slash at the end. The inbox is at `/inbox` below it.
    #[must_use]
    pub fn url(&self) -> String {
        self.gateway.url()
    }

    /// The DynamoDB endpoint that the functions use.
    #[must_use]
    pub fn dynamodb_url(&self) -> &str {
        &self.dynamodb_url
    }

    /// The mails that the functions sent.
    #[must_use]
    pub fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// Invokes the function behind a route, such as `GET /api/me`, with an event as it is, and hands out its reply.
    /// `None` when there is no such route, or the function failed.
    pub async fn invoke(&self, route: &str, event: &Value) -> Option<Value> {
        let (_, lambda) = self.api.routes.iter().find(|(own, _)| own.key() == route)?;
        lambda.invoke(event, self.api.clock.now()).await
    }

    /// What the roles of the functions allow and no request has needed so far, one line each.
    #[must_use]
    pub fn unused_permissions(&self) -> Vec<String> {
        self.policies.iter().flat_map(RolePolicy::unused).collect()
    }

    /// Stops the stack: takes no more requests and waits a moment for those that are being answered.
    pub async fn stop(self) {
        self.gateway.stop().await;
        if let Some(database) = self.database {
            database.stop().await;
        }
    }
}

/// The root of the workspace, where `template.yaml` is.
#[must_use]
pub fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// A server that runs until it is stopped or dropped.
#[derive(Debug)]
struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    fn start<F>(address: SocketAddr, serve: impl FnOnce(oneshot::Receiver<()>) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (stop, stopped) = oneshot::channel();
        Self { address, stop, task: tokio::spawn(serve(stopped)) }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    async fn stop(mut self) {
        drop(self.stop);
        if time::timeout(SHUTDOWN_GRACE, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

async fn listen(host: IpAddr, port: u16) -> Result<(TcpListener, SocketAddr), StartError> {
    let bound = TcpListener::bind((host, port)).await;
    bound.and_then(|listener| listener.local_addr().map(|address| (listener, address))).map_err(|reason| {
        match reason.kind() {
            io::ErrorKind::AddrInUse => StartError::PortTaken { port },
            _ => StartError::Port { port, reason },
        }
    })
}

async fn serve_database(host: IpAddr, port: u16, storage: &Storage) -> Result<Server, StartError> {
    let (listener, address) = listen(host, port).await?;
    let database = database::open(storage)?;
    Ok(Server::start(address, |stop| database::serve(listener, database, stop)))
}

async fn serve_http(listener: TcpListener, router: Router, stop: oneshot::Receiver<()>) {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let stopped = async {
        let _ = stop.await;
    };
    // It has no error of its own: what goes wrong with a connection ends that connection.
    let _ = axum::serve(listener, service).with_graceful_shutdown(stopped).await;
}

/// A function of the template that is ready to start.
struct Configured {
    name: String,
    settings: Settings,
    routes: Vec<Route>,
    permissions: Permissions,
}

enum Settings {
    Api(Function, Box<Config>),
    Site(PageSettings),
}

/// Finds the function and reads its configuration: settings before our own values before the template's.
fn configure(
    resource: FunctionResource,
    settings: &BTreeMap<String, String>,
) -> Result<Configured, StartError> {
    let FunctionResource { name, binary, routes, environment, permissions } = resource;
    let own =
        |name: &str| ENVIRONMENT_OVERRIDES.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let lookup = |name: &str| {
        let value = settings.get(name).map(String::as_str).or_else(|| own(name));
        value.or_else(|| environment.get(name).map(String::as_str)).map(str::to_owned)
    };
    let settings = match (&*binary, Function::of_binary(&binary)) {
        ("site", _) => PageSettings::read(lookup).map(Settings::Site),
        (_, Some(function)) => Config::read(lookup).map(|config| Settings::Api(function, Box::new(config))),
        (_, None) => return Err(StartError::UnknownFunction { function: name, binary }),
    };
    match settings {
        Ok(settings) => Ok(Configured { name, settings, routes, permissions }),
        Err(reason) => Err(StartError::Setting { function: name, reason }),
    }
}
