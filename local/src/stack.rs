//! The running stack: what it starts, in which order, and what tests can do with it.
//!
//! Everything that can fail without a port fails before the first one is opened.

use std::{collections::BTreeMap, sync::Arc};

use axum::Router;
use serde_json::Value;

use crate::{
    Inbox, Options, StartError,
    authorizer::Authorizer,
    aws::Endpoints,
    database::{self, Embedded},
    dynamodb,
    feedback::{self, Feedback},
    gateway::{self, Gateway, Served},
    iam::RolePolicy,
    inbox,
    lambda::Lambda,
    plan::{Plan, Planned},
    server::{Port, Server},
    ses,
    suppression::Suppressed,
    template::{RouteResource, function_arn},
};

/// The running stack. Dropping it stops it as well, without waiting.
pub struct Stack {
    api: Arc<Gateway>,
    /// By their ARNs.
    functions: BTreeMap<String, Lambda>,
    gateway: Server,
    /// `None` if the settings name another DynamoDB endpoint.
    database: Option<Server>,
    endpoints: Endpoints,
    inbox: Inbox,
    policies: Vec<RolePolicy>,
}

impl Stack {
    /// Starts the stack, which answers when this returns.
    ///
    /// # Errors
    /// If a port is taken, or the template, the data folder or a setting can't be used.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let plan = Plan::new(&options)?;
        let elsewhere = options.setting("AWS_ENDPOINT_URL_DYNAMODB");
        let opened = elsewhere.is_none().then(|| Embedded::open(&options.storage)).transpose()?;

        let port = Port::open(options.host, options.port).await?;
        let database = match opened {
            Some(opened) => {
                let port = Port::open(options.host, options.dynamodb_port).await?;
                Some(port.serve(dynamodb::router(opened)))
            }
            None => None,
        };
        let own = database.as_ref().map(|server| server.url().to_owned());
        let endpoints = Endpoints::new(
            options.setting("AWS_REGION"),
            elsewhere.or(own).unwrap_or_default(),
            options.setting("AWS_ENDPOINT_URL_SESV2").unwrap_or_else(|| format!("{}/ses", port.url())),
        );
        database::create_tables(&endpoints, &plan.tables).await?;
        Ok(Self::run(plan, &options, port, database, endpoints))
    }

    /// Starts the functions, and the gateway in front of them.
    fn run(
        plan: Plan,
        options: &Options,
        port: Port,
        database: Option<Server>,
        endpoints: Endpoints,
    ) -> Self {
        let (mut functions, mut taken, mut policies) = (BTreeMap::new(), Vec::new(), Vec::new());
        for Planned { name, settings, routes, permissions } in plan.functions {
            let policy = RolePolicy::new(name.clone(), permissions);
            let lambda = Lambda::start(settings, &endpoints, &policy, options.clock.clone());
            taken.extend(routes.into_iter().map(|route| (route, lambda.clone())));
            functions.insert(function_arn(&name), lambda);
            policies.push(policy);
        }
        let authorizers = plan.authorizers.into_iter().map(|resource| {
            let lambda = functions[&resource.function].clone();
            Arc::new(Authorizer::new(resource, lambda))
        });
        let authorizers: Vec<_> = authorizers.collect();
        let routes = taken.into_iter().map(|(RouteResource { route, authorizer }, lambda)| Served {
            route,
            lambda,
            authorizer: authorizer.map(|index| Arc::clone(&authorizers[index])),
        });
        let routes = routes.collect();
        let inbox = Inbox::new();
        let function = functions.values().find(|function| function.takes_mail_events()).cloned();
        let suppressed = Suppressed::default();
        let feedback = Feedback {
            inbox: inbox.clone(),
            suppressed: suppressed.clone(),
            function,
            clock: options.clock.clone(),
        };
        let api = Arc::new(Gateway { routes, clock: options.clock.clone() });
        let service = inbox::router(inbox.clone())
            .merge(feedback::router(feedback))
            .merge(ses::router(inbox.clone(), options.clock.clone(), suppressed))
            .merge(Router::new().fallback(gateway::handle).with_state(Arc::clone(&api)));
        Self { api, functions, gateway: port.serve(service), database, endpoints, inbox, policies }
    }

    /// Where the HTTP API answers, without a slash at the end. The inbox is at `/inbox` below it.
    #[must_use]
    pub fn url(&self) -> String {
        self.gateway.url().to_owned()
    }

    /// The DynamoDB endpoint that the functions use.
    #[must_use]
    pub fn dynamodb_url(&self) -> &str {
        self.endpoints.dynamodb_url()
    }

    /// A client of that endpoint with all permissions, like an operator's.
    #[must_use]
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        self.endpoints.unrestricted_dynamodb()
    }

    /// The mails that the functions sent.
    #[must_use]
    pub fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// Invokes the function behind a route, such as `GET /api/me`, with this event, and returns its reply. `None` if
    /// there is no such route, or the function failed.
    pub async fn invoke(&self, route: &str, event: &Value) -> Option<Value> {
        let served = self.api.routes.iter().find(|served| served.route.key() == route)?;
        served.lambda.invoke(event, self.api.clock.now()).await
    }

    /// The same with a function, by its logical id.
    pub async fn invoke_function(&self, id: &str, event: &Value) -> Option<Value> {
        self.functions.get(&function_arn(id))?.invoke(event, self.api.clock.now()).await
    }

    /// The permissions of the functions' roles that no request has needed so far, one line each.
    #[must_use]
    pub fn unused_permissions(&self) -> Vec<String> {
        self.policies.iter().flat_map(RolePolicy::unused).collect()
    }

    /// Stops the stack: accepts no more requests and waits a moment for those in progress.
    pub async fn stop(self) {
        self.gateway.stop().await;
        if let Some(database) = self.database {
            database.stop().await;
        }
    }
}
