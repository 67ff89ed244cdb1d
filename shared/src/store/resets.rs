//! Reset codes: one for each address for which one was requested, whether or not an account has it, so that neither an
//! answer nor a count reveals that.
//!
//! A reset code is entered without a password, so attempts are counted per client: a stranger who enters wrong codes
//! uses up none of the owner's attempts, unless they have [`CLIENTS`] clients.

use aws_sdk_dynamodb::types::ReturnValue;

use super::{
    Store, Written, if_held,
    item::{self, number},
};
use crate::{
    clock::Timestamp,
    code::{CodeMac, CodeRules, NewestCode, Purpose},
    email_address::EmailAddress,
    limits::Client,
    problem::Problem,
    registration::IssuedReset,
};

/// How many clients may use up their attempts at a code before it is dead for all.
const CLIENTS: u32 = 10;

impl Store {
    /// Stores another code for the address, and counts it; the older one, `replaced`, dies with this write.
    pub async fn issue_reset(
        &self,
        replaced: Option<&NewestCode>,
        issued: &IssuedReset,
    ) -> Result<Written, Problem> {
        let IssuedReset { email, id, code, next_at, counts } = issued;
        let put = self.put_code(replaced, item::of_code(email, Purpose::Reset, *id, code, *next_at));
        let counts = counts.iter().map(|count| self.counting(count));
        self.write([put].into_iter().chain(counts)).await
    }

    /// Withdraws a code that was not mailed, unless somebody attempted it.
    pub async fn withdraw_reset(&self, issued: &IssuedReset) -> Result<Written, Problem> {
        let kill = self.kill_code(&issued.email, Purpose::Reset, &issued.code);
        let counts = issued.counts.iter().map(|count| self.giving_back(count));
        self.write([kill].into_iter().chain(counts)).await
    }

    /// Reserves one attempt of this client at the code for the address, and returns the stored code and how many
    /// attempts the client has made. `None` if there is no valid code, or the client has used up its attempts.
    pub async fn reserve_reset_attempt(
        &self,
        email: &EmailAddress,
        client: &Client,
        now: Timestamp,
        rules: &CodeRules,
    ) -> Result<Option<(CodeMac, u32)>, Problem> {
        let of_client = format!("attempts_of_{client}");
        let max = rules.max_attempts();
        let reserved = self
            .client
            .update_item()
            .table_name(&self.tables.codes)
            .key("email", item::code_key(email, Purpose::Reset))
            .update_expression("ADD attempts :one, #of_client :one")
            .condition_expression(
                "attribute_exists(code_mac) AND created_at > :newer_than AND attempts < :max_of_all \
                 AND (attribute_not_exists(#of_client) OR #of_client < :max)",
            )
            .expression_attribute_names("#of_client", &of_client)
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":newer_than", number((now - rules.lifetime).as_millis()))
            .expression_attribute_values(":max", number(max))
            .expression_attribute_values(":max_of_all", number(max.saturating_mul(CLIENTS)))
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        let reserved = if_held(reserved)?.and_then(|reserved| reserved.attributes);
        reserved.map(|item| item::code(&item, &of_client)).transpose()
    }
}
