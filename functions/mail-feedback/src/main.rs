//! The Lambda function `mail-feedback`.

use lambda_http::Error;
use shared::invocation;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let app = shared::App::start(mail_feedback::NEEDS).await?;
    invocation::run(async |event| mail_feedback::handle(&app, event).await).await
}
