//! SDK clients for endpoints on this machine: the stack's own, and one of each kind per function, with its permissions.
//!
//! Their credentials are made up, whatever the environment and profiles say, so no request can reach an AWS account.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_http_client::Builder;

use crate::iam::RolePolicy;

/// What both clients have in common. The region is a name that requests are signed with, no place.
pub(crate) fn config(region: Option<&str>) -> SdkConfig {
    let credentials = Credentials::new("local", "local", None, None, "local");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.unwrap_or("us-east-1").to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(Builder::new().build_http())
        .timeout_config(shared::timeouts())
        .build()
}

/// A client for the DynamoDB endpoint at this URL; without a policy it may do anything.
pub(crate) fn dynamodb(sdk: &SdkConfig, url: &str, policy: Option<&RolePolicy>) -> aws_sdk_dynamodb::Client {
    let mut config = aws_sdk_dynamodb::Config::from(sdk).to_builder().endpoint_url(url);
    if let Some(policy) = policy {
        config = config.interceptor(policy.clone());
    }
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

/// The way to the SES v2 endpoint at this URL.
pub(crate) fn ses(sdk: &SdkConfig, url: &str, policy: &RolePolicy) -> aws_sdk_sesv2::Config {
    aws_sdk_sesv2::Config::from(sdk).to_builder().endpoint_url(url).interceptor(policy.clone()).build()
}
