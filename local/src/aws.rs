//! SDK clients for endpoints on this machine: the stack's own, and those of each function, with its permissions.
//!
//! Their credentials are made up, whatever the environment and profiles say, so no request can reach an AWS account.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_http_client::Builder;

use crate::iam::RolePolicy;

/// Where the functions find DynamoDB and SES.
pub(crate) struct Endpoints {
    sdk: SdkConfig,
    dynamodb_url: String,
    ses_url: String,
}

impl Endpoints {
    /// The endpoints at these URLs. The region is only a name with which requests are signed.
    pub(crate) fn new(region: Option<String>, dynamodb_url: String, ses_url: String) -> Self {
        let credentials = Credentials::new("local", "local", None, None, "local");
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.unwrap_or_else(|| "us-east-1".to_owned())))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(Builder::new().build_http())
            .timeout_config(shared::timeouts())
            .build();
        Self { sdk, dynamodb_url, ses_url }
    }

    pub(crate) fn dynamodb_url(&self) -> &str {
        &self.dynamodb_url
    }

    /// A client with all permissions.
    pub(crate) fn unrestricted_dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::from_conf(self.dynamodb_config().build())
    }

    /// A client that may do what a function's role allows.
    pub(crate) fn dynamodb(&self, policy: &RolePolicy) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::from_conf(self.dynamodb_config().interceptor(policy.clone()).build())
    }

    fn dynamodb_config(&self) -> aws_sdk_dynamodb::config::Builder {
        aws_sdk_dynamodb::Config::from(&self.sdk).to_builder().endpoint_url(&self.dynamodb_url)
    }

    /// The configuration of an SES client that may do what a function's role allows.
    pub(crate) fn ses(&self, policy: &RolePolicy) -> aws_sdk_sesv2::Config {
        let config = aws_sdk_sesv2::Config::from(&self.sdk).to_builder().endpoint_url(&self.ses_url);
        config.interceptor(policy.clone()).build()
    }
}
