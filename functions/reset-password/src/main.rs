//! The Lambda function `reset-password`.

use std::convert::Infallible;

use lambda_http::{Error, Request, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let app = shared::App::start(reset_password::NEEDS).await?;
    run(service_fn(async |request: Request| Ok::<_, Infallible>(reset_password::handle(&app, request).await)))
        .await
}
