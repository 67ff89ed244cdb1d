//! The Lambda function `site`.

use std::convert::Infallible;

use lambda_http::{Error, Request, run, service_fn};
use site::Site;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let site = Site::start()?;
    run(service_fn(async |request: Request| Ok::<_, Infallible>(site::handle(&site, &request)))).await
}
