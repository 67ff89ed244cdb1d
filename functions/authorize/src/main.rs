//! The Lambda function `authorize`.

use lambda_http::{
    Error, LambdaEvent,
    lambda_runtime::{run, service_fn},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let app = shared::App::start(authorize::NEEDS).await?;
    // Boxed, as `lambda_http` does for the other functions: the nested type is too deep for rustc otherwise.
    run(service_fn(async |event: LambdaEvent<_>| Box::pin(authorize::handle(&app, event.payload)).await))
        .await
}
