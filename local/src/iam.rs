//! IAM on one machine: each function's clients can do only what its role in the template allows.
//!
//! A request that the role does not allow fails before it is sent, so a missing permission fails here as it would in
//! AWS. Used permissions are recorded, so that a test can find superfluous ones.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::{
    config::{ConfigBag, Intercept, interceptors::BeforeSerializationInterceptorContextRef},
    error::BoxError,
    operation::{
        batch_get_item::BatchGetItemInput, get_item::GetItemInput, put_item::PutItemInput,
        transact_write_items::TransactWriteItemsInput, update_item::UpdateItemInput,
    },
    types::TransactWriteItem,
};
use aws_sdk_sesv2::operation::send_email::SendEmailInput;
use thiserror::Error;

use crate::template::{Permission, Permissions, arn};

/// The role of one function. Clones are the same role.
#[derive(Clone, Debug)]
pub(crate) struct RolePolicy {
    function: String,
    allowed: Permissions,
    used: Arc<Mutex<Permissions>>,
}

/// A request that the role does not allow.
#[derive(Debug, Error)]
#[error("AccessDenied: the role of {function} in the template does not allow {what}")]
struct AccessDenied {
    function: String,
    what: String,
}

impl RolePolicy {
    pub(crate) fn new(function: String, allowed: Permissions) -> Self {
        Self { function, allowed, used: Arc::default() }
    }

    /// The permissions that no request has needed so far.
    pub(crate) fn unused(&self) -> Vec<String> {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let unused = self.allowed.difference(&used);
        unused.map(|permission| format!("{}: {permission}", self.function)).collect()
    }

    fn authorize(&self, needed: Option<Vec<Permission>>) -> Result<(), AccessDenied> {
        let denied = |what: String| AccessDenied { function: self.function.clone(), what };
        let needed = needed.ok_or_else(|| denied("a request that iam.rs doesn't know".to_owned()))?;
        if let Some(missing) = needed.iter().find(|permission| !self.allowed.contains(permission)) {
            return Err(denied(missing.to_string()));
        }
        self.used.lock().unwrap_or_else(PoisonError::into_inner).extend(needed);
        Ok(())
    }
}

impl Intercept for RolePolicy {
    fn name(&self) -> &'static str {
        "RolePolicy"
    }

    fn read_before_execution(
        &self,
        context: &BeforeSerializationInterceptorContextRef<'_>,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let input = context.input();
        let needed = if let Some(input) = input.downcast_ref::<SendEmailInput>() {
            send_email(input)
        } else if let Some(input) = input.downcast_ref::<GetItemInput>() {
            table("GetItem", input.table_name())
        } else if let Some(input) = input.downcast_ref::<PutItemInput>() {
            table("PutItem", input.table_name())
        } else if let Some(input) = input.downcast_ref::<UpdateItemInput>() {
            table("UpdateItem", input.table_name())
        } else if let Some(input) = input.downcast_ref::<BatchGetItemInput>() {
            let tables = input.request_items().into_iter().flatten();
            tables.map(|(name, _)| on_table("BatchGetItem", Some(name))).collect()
        } else if let Some(input) = input.downcast_ref::<TransactWriteItemsInput>() {
            input.transact_items().iter().map(member).collect()
        } else {
            None
        };
        self.authorize(needed).map_err(Into::into)
    }
}

fn on_table(action: &str, name: Option<&str>) -> Option<Permission> {
    Some(Permission {
        action: format!("dynamodb:{action}"),
        resource: arn("dynamodb", &format!("table/{}", name?)),
    })
}

fn table(action: &str, name: Option<&str>) -> Option<Vec<Permission>> {
    Some(vec![on_table(action, name)?])
}

/// A transaction needs what each of its members needs.
fn member(item: &TransactWriteItem) -> Option<Permission> {
    let put = item.put().map(|put| ("PutItem", put.table_name()));
    let update = item.update().map(|update| ("UpdateItem", update.table_name()));
    let delete = item.delete().map(|delete| ("DeleteItem", delete.table_name()));
    let (action, table) = put.or(update).or(delete)?;
    on_table(action, Some(table))
}

/// SES requires permission for the verified identity, the sender's address or its domain: the role has to allow both,
/// because it is not known here which one is verified.
fn send_email(input: &SendEmailInput) -> Option<Vec<Permission>> {
    let from = input.from_email_address()?;
    let (_, domain) = from.split_once('@')?;
    let set = input.configuration_set_name().map(|name| format!("configuration-set/{name}"));
    let resources = [from, domain].map(|identity| format!("identity/{identity}")).into_iter().chain(set);
    Some(
        resources
            .map(|resource| Permission {
                action: "ses:SendEmail".to_owned(),
                resource: arn("ses", &resource),
            })
            .collect(),
    )
}
