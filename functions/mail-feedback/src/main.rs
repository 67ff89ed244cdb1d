//! The Lambda function `mail-feedback`.

use lambda_http::{
    Error, LambdaEvent,
    lambda_runtime::{run, service_fn},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let app = shared::App::start(mail_feedback::NEEDS).await?;
    run(service_fn(async |event: LambdaEvent<_>| Box::pin(mail_feedback::handle(&app, event.payload)).await))
        .await
}
