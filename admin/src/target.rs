//! The target stack: its tables, its limits, and SES.
//!
//! Credentials, profile and region are found as by the AWS CLI. For the local stack they are made up, so that no
//! request meant for it can reach an account.

use aws_config::{
    BehaviorVersion, ConfigLoader, Region, SdkConfig, profile::ProfileFileCredentialsProvider,
    provider_config::ProviderConfig,
};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider, retry::RetryConfig};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use shared::{
    clock::{Clock, Timestamp},
    config::{Config, Need},
    email_address::EmailAddress,
    limits::{CodeLimits, MailLimit, PasswordLimits},
    registration::Registration,
    store::{Store, Tables, Wanted},
};

use crate::{answer::Failure, cli};

/// How often the SDK sends a throttled request, with growing pauses.
const ATTEMPTS: u32 = 4;

/// The region of `local`, unless it is set otherwise.
const LOCAL_REGION: &str = "us-east-1";

/// The settings that `show` needs for the limits. `MAILER` is left out: no mail is sent from here.
const NEEDS: &[Need] = &[Need::Users, Need::CodeRequests, Need::Mail];

/// The stack, as an operator reaches it.
pub(crate) struct Target {
    /// Its name in questions.
    pub(crate) name: String,
    /// Its tables.
    pub(crate) store: Store,
    /// SES in its region.
    pub(crate) ses: aws_sdk_sesv2::Client,
    /// The limits that its functions apply.
    pub(crate) limits: Limits,
}

/// The limits of an address.
pub(crate) struct Limits {
    pub(crate) passwords: PasswordLimits,
    pub(crate) codes: CodeLimits,
    pub(crate) mails: MailLimit,
}

impl Target {
    /// The stack named on the command line.
    pub(crate) async fn of(stack: &cli::Stack) -> Result<Self, Failure> {
        let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
        if stack.local && stack.name.is_some() {
            return Err(Failure::Refused("--local or --stack, but not both".to_owned()));
        }
        if stack.local { Self::local(stack, loader).await } else { Self::in_aws(stack, loader).await }
    }

    /// `local` names its tables as the template does.
    async fn local(stack: &cli::Stack, loader: ConfigLoader) -> Result<Self, Failure> {
        let sdk = loader
            .credentials_provider(Credentials::new("local", "local", None, None, "local"))
            .region(Region::new(stack.region.clone().unwrap_or_else(|| LOCAL_REGION.to_owned())))
            .load()
            .await;
        let host = "http://127.0.0.1";
        let dynamodb = aws_sdk_dynamodb::config::Builder::from(&sdk)
            .endpoint_url(format!("{host}:{}", stack.dynamodb_port))
            .build();
        let ses = aws_sdk_sesv2::config::Builder::from(&sdk)
            .endpoint_url(format!("{host}:{}/ses", stack.port))
            .build();
        let [users, codes, limits] = ["UsersTable", "CodesTable", "LimitsTable"].map(str::to_owned);
        let tables = Tables { users, codes, limits };
        Self::new("the stack on this machine".to_owned(), tables, dynamodb, ses)
    }

    async fn in_aws(stack: &cli::Stack, mut loader: ConfigLoader) -> Result<Self, Failure> {
        if let Some(profile) = &stack.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = &stack.region {
            loader = loader.region(Region::new(region.clone()));
        }
        let mut sdk = loader.load().await;
        if let Some(profile) = &stack.profile {
            sdk = with_profile(&sdk, profile);
        }
        let (name, tables) = match (&stack.name, &stack.users_table, &stack.codes_table, &stack.limits_table)
        {
            (Some(name), ..) => (name.clone(), tables(&sdk, name).await?),
            (None, Some(users), Some(codes), Some(limits)) => {
                region(&sdk)?;
                (users.clone(), Tables { users: users.clone(), codes: codes.clone(), limits: limits.clone() })
            }
            _ => {
                return Err(Failure::Refused(
                    "which stack? Use --stack NAME, --local, or the names of all three tables".to_owned(),
                ));
            }
        };
        Self::new(name, tables, (&sdk).into(), (&sdk).into())
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the settings of the stack, where they are not the defaults"
    )]
    fn new(
        name: String,
        tables: Tables,
        dynamodb: aws_sdk_dynamodb::Config,
        ses: aws_sdk_sesv2::Config,
    ) -> Result<Self, Failure> {
        let config = Config::read(NEEDS, |setting| match setting {
            "USERS_TABLE" | "LIMITS_TABLE" => Some("named already".to_owned()),
            "MAILER" => None,
            _ => std::env::var(setting).ok(),
        });
        let config = config.map_err(|error| Failure::at(&"environment", &error))?;
        let (Some(passwords), Some(codes), Some(mail)) =
            (config.passwords, config.code_requests, config.mail)
        else {
            return Err(Failure::Failed("the limits were not read".to_owned()));
        };
        Ok(Self {
            name,
            store: Store::new(aws_sdk_dynamodb::Client::from_conf(dynamodb), tables),
            ses: aws_sdk_sesv2::Client::from_conf(ses),
            limits: Limits { passwords: passwords.limits, codes: codes.limits, mails: mail.limit },
        })
    }

    /// The registration of an address, if it still exists.
    pub(crate) async fn find(
        &self,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<Option<Registration>, Failure> {
        let found = self.store.read(email, Wanted::default()).await?.registration;
        Ok(found.filter(|found| found.is_current(now)))
    }
}

/// The credentials of a profile from the command line. The SDK alone would prefer those of the environment, which may
/// be of another account; the AWS CLI does not.
fn with_profile(sdk: &SdkConfig, profile: &str) -> SdkConfig {
    let mut provider = ProviderConfig::default().with_region(sdk.region().cloned());
    if let Some(http) = sdk.http_client() {
        provider = provider.with_http_client(http);
    }
    let credentials = ProfileFileCredentialsProvider::builder().configure(&provider).profile_name(profile);
    let credentials = SharedCredentialsProvider::new(credentials.build());
    sdk.to_builder().credentials_provider(credentials).build()
}

fn region(sdk: &SdkConfig) -> Result<&Region, Failure> {
    let why = "which region? Use --region, AWS_REGION, or a profile that has a region";
    sdk.region().ok_or_else(|| Failure::Refused(why.to_owned()))
}

/// The tables of a stack, from its outputs: of the users, the one that its functions use.
async fn tables(sdk: &SdkConfig, name: &str) -> Result<Tables, Failure> {
    let place = format!("CloudFormation in {}", region(sdk)?);
    let described = aws_sdk_cloudformation::Client::new(sdk).describe_stacks().stack_name(name).send().await;
    let described = described.map_err(|error| Failure::at(&place, &error))?;
    let no_output = |key: &str| Failure::Refused(format!("the stack {name} has no output {key}"));
    let stack = described.stacks().first().ok_or_else(|| no_output("UsersTable"))?;
    let output = |key: &str| {
        let found = stack.outputs().iter().find(|output| output.output_key() == Some(key));
        let value = found.and_then(|output| output.output_value());
        value.map(str::to_owned).ok_or_else(|| no_output(key))
    };
    let mut parameters = stack.parameters().iter();
    let restored = parameters.find(|parameter| parameter.parameter_key() == Some("RestoredUsersTable"));
    let restored = restored.and_then(|parameter| parameter.parameter_value()).filter(|name| !name.is_empty());
    let users = restored.map_or_else(|| output("UsersTable"), |name| Ok(name.to_owned()))?;
    Ok(Tables { users, codes: output("CodesTable")?, limits: output("LimitsTable")? })
}

/// The time of this command.
pub(crate) fn now() -> Timestamp {
    Clock::System.now()
}
