//! The functions of the API. This is the one list of them in Rust: the OpenAPI document and `local` are made of it.
//!
//! A new route is its crate in `functions/`, a dependency and a line here, and its block of `template.yaml`;
//! ARCHITECTURE.md, "Adding a route", has the rest.

use std::pin::Pin;

use lambda_http::{Body, Request, Response};
use shared::{App, config::Needs};
use utoipa::OpenApi;

/// A handler's answer on its way.
type Answer<'a> = Pin<Box<dyn Future<Output = Response<Body>> + Send + 'a>>;

/// A function of the API, with what it needs to run outside Lambda.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// The name of its crate, as Rust writes it.
    crate_name: &'static str,
    /// The settings that it reads beyond what every function does.
    pub needs: Needs,
    /// Answers one request.
    pub handle: for<'a> fn(&'a App, Request) -> Answer<'a>,
}

macro_rules! functions {
    ($($function:ident),+ $(,)?) => {
        /// The operations, each described beside its handler.
        #[derive(OpenApi)]
        #[openapi(paths($($function::handle),+))]
        pub(crate) struct Operations;

        const FUNCTIONS: &[Function] = &[$(Function {
            crate_name: stringify!($function),
            needs: $function::NEEDS,
            handle: |app, request| Box::pin($function::handle(app, request)),
        }),+];
    };
}

// In the order in which the API reference shows them.
functions! {
    register,
    activate,
    send_code,
    me,
    change_password,
    forgot_password,
    reset_password,
    delete_account,
}

impl Function {
    /// The function that is deployed as this binary, such as `send-code`.
    pub fn of_binary(binary: &str) -> Option<Self> {
        let crate_name = binary.replace('-', "_");
        FUNCTIONS.iter().copied().find(|function| function.crate_name == crate_name)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn every_folder_of_functions_is_in_the_list() {
        let folders = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for folder in fs::read_dir(folders).unwrap() {
            let folder = folder.unwrap().file_name().into_string().unwrap();
            assert!(
                folder == "site" || Function::of_binary(&folder).is_some(),
                "functions/{folder} is missing from the list in functions/site/src/functions.rs"
            );
        }
    }
}
