//! The Lambda function `change-password`.

use std::convert::Infallible;

use lambda_http::{Error, Request, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let app = shared::App::start(change_password::NEEDS).await?;
    run(service_fn(async |request: Request| {
        Ok::<_, Infallible>(change_password::handle(&app, request).await)
    }))
    .await
}
