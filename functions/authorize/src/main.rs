//! The Lambda function `authorize`.

use lambda_http::Error;
use shared::invocation;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let app = shared::App::start(authorize::NEEDS).await?;
    invocation::run(async |event| authorize::handle(&app, event).await).await
}
