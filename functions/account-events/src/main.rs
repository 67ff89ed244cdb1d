//! The Lambda function `account-events`.

use lambda_http::Error;
use shared::{config, invocation, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::install_panic_hook();
    let service =
        config::service_name_from_env().inspect_err(|error| telemetry::write_start_failure(error))?;
    invocation::run(async |changes| Ok(account_events::handle(&service, changes))).await
}
