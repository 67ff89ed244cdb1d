//! The OpenAPI document: the operations of all functions, with what they share.

use std::sync::LazyLock;

use shared::{http::PROTECTION, openapi::problem_schemas};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Header, HeaderBuilder, ObjectBuilder, OpenApi as Document, PathItem, RefOr, Response, Type,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::functions::Operations;

#[derive(OpenApi)]
#[openapi(
    info(title = "User registration", description = include_str!("description.md")),
    servers((url = "/")),
    components(schemas(shared::problem::FieldError)),
    modifiers(&InCommon),
)]
struct Service;

/// What every operation has: the problems' schemas, the security scheme, and the headers of every answer.
struct InCommon;

impl Modify for InCommon {
    fn modify(&self, document: &mut Document) {
        let Document { paths, components: of_operations, .. } = Operations::openapi();
        document.paths = paths;
        let components = document.components.get_or_insert_default();
        components.schemas.extend(of_operations.unwrap_or_default().schemas);
        for (name, schema) in problem_schemas() {
            components.schemas.insert(name, schema.into());
        }
        components.add_security_scheme("basic", basic());
        for response in document.paths.paths.values_mut().flat_map(responses) {
            let headers = PROTECTION.iter().map(|(name, value)| (name.to_string(), fixed(value)));
            response.headers.extend(headers);
        }
    }
}

fn basic() -> SecurityScheme {
    let description = "The e-mail address and the password of the registration, in UTF-8 (RFC 7617).";
    SecurityScheme::Http(
        HttpBuilder::new().scheme(HttpAuthScheme::Basic).description(Some(description)).build(),
    )
}

/// A header that has one value.
fn fixed(value: &str) -> RefOr<Header> {
    let schema = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([value]));
    HeaderBuilder::new().schema(Some(schema)).build().into()
}

fn responses(path: &mut PathItem) -> impl Iterator<Item = &mut Response> {
    let methods = [&mut path.get, &mut path.put, &mut path.post, &mut path.patch, &mut path.delete];
    let operations = methods.into_iter().flatten();
    operations.flat_map(|operation| operation.responses.responses.values_mut()).filter_map(|response| {
        match response {
            RefOr::T(response) => Some(response),
            RefOr::Ref(_) => None,
        }
    })
}

/// The document (OpenAPI 3.1).
///
/// The same for every deployment: where a setting decides what is valid, it has the widest range.
pub fn openapi() -> &'static Document {
    static DOCUMENT: LazyLock<Document> = LazyLock::new(Service::openapi);
    &DOCUMENT
}
