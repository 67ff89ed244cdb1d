//! The Lambda function `send-code`.

use std::convert::Infallible;

use lambda_http::{Error, Request, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let app = shared::App::start(send_code::NEEDS).await?;
    run(service_fn(async |request: Request| Ok::<_, Infallible>(send_code::handle(&app, request).await)))
        .await
}
