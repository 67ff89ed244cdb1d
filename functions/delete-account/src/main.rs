//! The Lambda function `delete-account`.

use std::convert::Infallible;

use lambda_http::{Error, Request, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let app = shared::App::start(delete_account::NEEDS).await?;
    run(service_fn(async |request: Request| Ok::<_, Infallible>(delete_account::handle(&app, request).await)))
        .await
}
