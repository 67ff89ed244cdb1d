//! Reads `template.yaml`: the functions with their routes, environment and permissions, and the tables.
//!
//! The template is the only source of them, so what runs here is what would be deployed. A value that only AWS
//! can know is left out.

mod authorizers;
mod intrinsics;
mod permissions;

use std::{collections::BTreeMap, path::Path};

use aws_sdk_dynamodb::types::{AttributeDefinition, KeySchemaElement, KeyType, ScalarAttributeType};
use saphyr::{LoadableYamlNode, Yaml};
use thiserror::Error;

use self::intrinsics::Intrinsics;
pub(crate) use self::{
    authorizers::AuthorizerResource,
    intrinsics::arn,
    permissions::{Permission, Permissions},
};
use crate::{inline::Inline, route::Route};

/// The parts of the template that run locally.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) functions: Vec<FunctionResource>,
    pub(crate) tables: Vec<TableResource>,
    pub(crate) authorizers: Vec<AuthorizerResource>,
    /// The exports for other stacks, by name.
    pub(crate) exports: BTreeMap<String, String>,
}

/// An `AWS::Serverless::Function`.
#[derive(Debug)]
pub(crate) struct FunctionResource {
    /// The logical id.
    pub(crate) name: String,
    pub(crate) code: Code,
    pub(crate) routes: Vec<RouteResource>,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) permissions: Permissions,
}

/// The code of a function.
#[derive(Debug)]
pub(crate) enum Code {
    /// The binary of this name.
    Binary(String),
    /// Code in the template.
    Inline(Inline),
}

/// A route of a function.
#[derive(Debug)]
pub(crate) struct RouteResource {
    pub(crate) route: Route,
    /// The index of its authorizer.
    pub(crate) authorizer: Option<usize>,
}

/// An `AWS::DynamoDB::Table`.
#[derive(Debug)]
pub(crate) struct TableResource {
    /// The table's name: its logical id, unless the template fixes another.
    pub(crate) name: String,
    pub(crate) keys: Vec<KeySchemaElement>,
    pub(crate) attributes: Vec<AttributeDefinition>,
    /// The TTL attribute.
    pub(crate) ttl: Option<String>,
}

/// Why a template can't be used, in one line.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct TemplateError(String);

impl Template {
    /// Reads the template in this file, with these parameters and other stacks' exports.
    pub(crate) fn read(
        path: &Path,
        parameters: &[(&str, String)],
        imports: &BTreeMap<String, String>,
    ) -> Result<Self, TemplateError> {
        let text = std::fs::read_to_string(path).map_err(|error| TemplateError(error.to_string()))?;
        Self::parse(&text, parameters, imports)
    }

    fn parse(
        text: &str,
        parameters: &[(&str, String)],
        imports: &BTreeMap<String, String>,
    ) -> Result<Self, TemplateError> {
        let documents = Yaml::load_from_str(text).map_err(|error| TemplateError(error.to_string()))?;
        let root = documents.first().ok_or_else(|| TemplateError("it is empty".to_owned()))?;
        let all = root.as_mapping_get("Resources");
        let resources: Vec<_> = entries(all).collect();
        let of_type = |wanted: &'static str| {
            resources.iter().filter(move |(_, resource)| string(resource, "Type") == Some(wanted))
        };

        let mut intrinsics = Intrinsics::new(root, parameters, imports);
        let mut tables = Vec::new();
        for (id, resource) in of_type("AWS::DynamoDB::Table") {
            let table = table(id, resource, &intrinsics)?;
            intrinsics.set((*id).to_owned(), table.name.clone());
            intrinsics.set(format!("{id}.Arn"), arn("dynamodb", &format!("table/{}", table.name)));
            tables.push(table);
        }

        for (id, _) in of_type("AWS::Serverless::Function") {
            for name in ["Arn", "Alias"] {
                intrinsics.set(format!("{id}.{name}"), function_arn(id));
            }
        }

        let authorizers = authorizers::all(&resources, &intrinsics)?;
        let globals = at(root, &["Globals", "Function", "Environment", "Variables"]);
        let functions: Vec<_> = of_type("AWS::Serverless::Function")
            .map(|(id, resource)| {
                let permissions = permissions::of(id, resource, all, &intrinsics)?;
                let routes = routes(id, resource, all, &authorizers)?;
                function(id, resource, globals, &intrinsics, permissions, routes)
            })
            .collect::<Result<_, _>>()?;
        if functions.is_empty() {
            return Err(TemplateError("it has no AWS::Serverless::Function".to_owned()));
        }
        let exports = entries(root.as_mapping_get("Outputs")).filter_map(|(_, output)| {
            let name = intrinsics.value(at(output, &["Export", "Name"]))?;
            Some((name, intrinsics.value(output.as_mapping_get("Value"))?))
        });
        let exports = exports.collect();
        Ok(Self { functions, tables, authorizers, exports })
    }
}

/// The ARN of a function, also for its alias: there is only one version here.
pub(crate) fn function_arn(id: &str) -> String {
    arn("lambda", &format!("function:{id}"))
}

fn function(
    id: &str,
    resource: &Yaml<'_>,
    globals: Option<&Yaml<'_>>,
    intrinsics: &Intrinsics<'_>,
    permissions: Permissions,
    routes: Vec<RouteResource>,
) -> Result<FunctionResource, TemplateError> {
    let missing = || TemplateError(format!("the function {id} has no code that can be run here"));
    let code = code(resource).ok_or_else(missing)?;
    let own = at(resource, &["Properties", "Environment", "Variables"]);
    let environment = entries(globals)
        .chain(entries(own))
        .filter_map(|(name, value)| Some((name.to_owned(), intrinsics.value(Some(value))?)))
        .collect();
    Ok(FunctionResource { name: id.to_owned(), code, routes, environment, permissions })
}

fn routes(
    id: &str,
    resource: &Yaml<'_>,
    all: Option<&Yaml<'_>>,
    authorizers: &[AuthorizerResource],
) -> Result<Vec<RouteResource>, TemplateError> {
    let mut routes = Vec::new();
    for (name, event) in entries(at(resource, &["Properties", "Events"])) {
        if string(event, "Type") != Some("HttpApi") {
            continue;
        }
        let missing =
            |key: &str| TemplateError(format!("the function {id} has no {key} in its event {name}"));
        let property = |key: &str| {
            let value = at(event, &["Properties", key]).and_then(Yaml::as_str);
            value.ok_or_else(|| missing(key))
        };
        let route = Route { method: property("Method")?.to_uppercase(), path: property("Path")?.to_owned() };
        routes.push(RouteResource { route, authorizer: authorizers::of_route(event, all, authorizers)? });
    }
    Ok(routes)
}

fn code(resource: &Yaml<'_>) -> Option<Code> {
    let property = |key: &str| at(resource, &["Properties", key]).and_then(Yaml::as_str);
    if let Some(text) = property("InlineCode") {
        // Lambda calls the file that it makes from it index.
        let handler = property("Handler")?.strip_prefix("index.")?.to_owned();
        let is_python = property("Runtime")?.starts_with("python3.");
        return is_python.then(|| Code::Inline(Inline { handler, code: text.to_owned() }));
    }
    let binary = at(resource, &["Metadata", "BuildProperties", "Binary"]).and_then(Yaml::as_str);
    let folder = property("CodeUri").and_then(|uri| uri.trim_end_matches('/').rsplit('/').next());
    binary.or(folder).map(|binary| Code::Binary(binary.to_owned()))
}

fn table(id: &str, resource: &Yaml<'_>, intrinsics: &Intrinsics<'_>) -> Result<TableResource, TemplateError> {
    let broken = |what: &str| TemplateError(format!("the table {id} has a {what} that can't be read"));
    let property = |key: &str| at(resource, &["Properties", key]);
    let keys = items(property("KeySchema"))
        .map(|key| {
            KeySchemaElement::builder()
                .attribute_name(string(key, "AttributeName")?)
                .key_type(KeyType::from(string(key, "KeyType")?))
                .build()
                .ok()
        })
        .collect::<Option<Vec<_>>>();
    let attributes = items(property("AttributeDefinitions"))
        .map(|attribute| {
            AttributeDefinition::builder()
                .attribute_name(string(attribute, "AttributeName")?)
                .attribute_type(ScalarAttributeType::from(string(attribute, "AttributeType")?))
                .build()
                .ok()
        })
        .collect::<Option<Vec<_>>>();
    let ttl = at(resource, &["Properties", "TimeToLiveSpecification", "AttributeName"]);
    Ok(TableResource {
        name: intrinsics.value(property("TableName")).unwrap_or_else(|| id.to_owned()),
        keys: keys.filter(|keys| !keys.is_empty()).ok_or_else(|| broken("KeySchema"))?,
        attributes: attributes.ok_or_else(|| broken("AttributeDefinitions"))?,
        ttl: ttl.and_then(Yaml::as_str).map(str::to_owned),
    })
}

fn at<'a>(node: &'a Yaml<'a>, path: &[&str]) -> Option<&'a Yaml<'a>> {
    path.iter().try_fold(node, |node, key| node.as_mapping_get(key))
}

fn string<'a>(node: &'a Yaml<'_>, key: &str) -> Option<&'a str> {
    node.as_mapping_get(key)?.as_str()
}

fn entries<'a>(node: Option<&'a Yaml<'a>>) -> impl Iterator<Item = (&'a str, &'a Yaml<'a>)> {
    let mapping = node.and_then(Yaml::as_mapping).into_iter().flatten();
    mapping.filter_map(|(key, value)| Some((key.as_str()?, value)))
}

fn items<'a>(node: Option<&'a Yaml<'a>>) -> impl Iterator<Item = &'a Yaml<'a>> {
    node.and_then(Yaml::as_vec).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = r#"
Transform: AWS::Serverless-2016-10-31
Parameters:
  BcryptCost: { Type: Number, Default: 12 }
  MailFrom: { Type: String }
Globals:
  Function:
    Environment:
      Variables:
        USERS_TABLE: !Ref Users
        MAILER: console
        BCRYPT_COST: !Ref BcryptCost
        MAIL_FROM: !Ref MailFrom
        CODE_SECRET: "{{resolve:secretsmanager:secret}}"
        QUEUE: !GetAtt Queue.Arn
Resources:
  Register:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: rust-cargolambda, BuildProperties: { Binary: register } }
    Properties:
      CodeUri: .
      Environment: { Variables: { MAILER: ses } }
      Events:
        Post: { Type: HttpApi, Properties: { Method: post, Path: /api/register, ApiId: !Ref Api } }
        Nightly: { Type: Schedule, Properties: { Schedule: rate(1 day) } }
  SendCode:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: functions/send-code/ }
  Users:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: email, AttributeType: S }]
      KeySchema: [{ AttributeName: email, KeyType: HASH }]
      TimeToLiveSpecification: { AttributeName: expires_at, Enabled: true }
  Codes:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: codes
      AttributeDefinitions: [{ AttributeName: email, AttributeType: S }]
      KeySchema: [{ AttributeName: email, KeyType: HASH }]
"#;

    fn binary(function: &FunctionResource) -> &str {
        match &function.code {
            Code::Binary(binary) => binary,
            Code::Inline(inline) => panic!("{inline:?}"),
        }
    }

    fn error(text: &str) -> String {
        Template::parse(text, &[], &BTreeMap::new()).expect_err("the template is broken").to_string()
    }

    #[test]
    fn a_function_has_its_binary_and_its_http_routes() {
        let functions = Template::parse(TEMPLATE, &[], &BTreeMap::new()).unwrap().functions;
        assert_eq!((&*functions[0].name, binary(&functions[0])), ("Register", "register"));
        let route = Route { method: "POST".to_owned(), path: "/api/register".to_owned() };
        assert!(matches!(&functions[0].routes[..], [only] if only.route == route));
        assert_eq!((binary(&functions[1]), functions[1].routes.len()), ("send-code", 0));
    }

    #[test]
    fn own_variables_override_globals_and_those_only_aws_knows_are_left_out() {
        let functions = Template::parse(TEMPLATE, &[], &BTreeMap::new()).unwrap().functions;
        let environment: Vec<_> =
            functions[0].environment.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(environment, [("BCRYPT_COST", "12"), ("MAILER", "ses"), ("USERS_TABLE", "Users")]);
    }

    #[test]
    fn a_table_has_its_key_and_its_expiry() {
        let tables = Template::parse(TEMPLATE, &[], &BTreeMap::new()).unwrap().tables;
        assert_eq!((&*tables[0].name, tables[0].ttl.as_deref()), ("Users", Some("expires_at")));
        assert_eq!((&*tables[1].name, tables[1].ttl.as_deref()), ("codes", None));
        assert_eq!(tables[0].keys[0].attribute_name(), "email");
        assert_eq!(*tables[0].keys[0].key_type(), KeyType::Hash);
        assert_eq!(*tables[0].attributes[0].attribute_type(), ScalarAttributeType::S);
    }

    #[test]
    fn a_broken_template_is_one_line_that_says_what_is_wrong() {
        assert_eq!(error(""), "it is empty");
        assert_eq!(error("Resources: {}"), "it has no AWS::Serverless::Function");
        assert!(!error("Resources: [").contains('\n'));
        let without_path = TEMPLATE.replace("Path: /api/register, ", "");
        assert_eq!(error(&without_path), "the function Register has no Path in its event Post");
        let without_key = TEMPLATE.replace("KeyType: HASH", "KeyKind: HASH");
        assert_eq!(error(&without_key), "the table Users has a KeySchema that can't be read");
    }
}
