//! The Lambda authorizers of the template's HTTP APIs, and which of them guards a route.
//!
//! One that can't be read completely is refused: what is closed in AWS must not be open here.

use std::time::Duration;

use saphyr::Yaml;

use super::{TemplateError, at, entries, intrinsics::Intrinsics, items, string};

/// How long API Gateway caches an answer by default.
const TTL: Duration = Duration::from_mins(5);

/// An authorizer of payload format 2.0 that gives simple responses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AuthorizerResource {
    /// The logical id of its API, and its name there.
    pub(crate) id: String,
    /// The ARN of its function.
    pub(crate) function: String,
    /// The headers that are its identity sources, in lower case.
    pub(crate) headers: Vec<String>,
    /// How long an answer is cached.
    pub(crate) ttl: Duration,
}

/// The authorizers of all APIs.
pub(super) fn all(
    resources: &[(&str, &Yaml<'_>)],
    intrinsics: &Intrinsics<'_>,
) -> Result<Vec<AuthorizerResource>, TemplateError> {
    let apis = resources.iter().filter(|(_, api)| string(api, "Type") == Some("AWS::Serverless::HttpApi"));
    let named = apis.flat_map(|(api, resource)| {
        let authorizers = entries(at(resource, &["Properties", "Auth", "Authorizers"]));
        authorizers.map(move |(name, authorizer)| (format!("{api}.{name}"), authorizer))
    });
    named
        .map(|(id, authorizer)| {
            let unreadable =
                || TemplateError(format!("the authorizer {id} is of a kind that can't be run here"));
            read(&id, authorizer, intrinsics).ok_or_else(unreadable)
        })
        .collect()
}

fn read(id: &str, authorizer: &Yaml<'_>, intrinsics: &Intrinsics<'_>) -> Option<AuthorizerResource> {
    let only = |node: Option<&Yaml<'_>>, known: &[&str]| entries(node).all(|(name, _)| known.contains(&name));
    let text = |key| intrinsics.value(authorizer.as_mapping_get(key));
    let identity = authorizer.as_mapping_get("Identity");
    let known = [
        "AuthorizerPayloadFormatVersion",
        "EnableFunctionDefaultPermissions",
        "EnableSimpleResponses",
        "FunctionArn",
        "FunctionInvokeRole",
        "Identity",
    ];
    if !only(Some(authorizer), &known)
        || !only(identity, &["Headers", "ReauthorizeEvery"])
        || text("AuthorizerPayloadFormatVersion")? != "2.0"
        || text("EnableSimpleResponses")? != "true"
    {
        return None;
    }
    let identity = identity?;
    let headers = items(identity.as_mapping_get("Headers")).map(|name| Some(name.as_str()?.to_lowercase()));
    let headers = headers.collect::<Option<Vec<_>>>()?;
    let ttl = match identity.as_mapping_get("ReauthorizeEvery") {
        Some(seconds) => Duration::from_secs(intrinsics.value(Some(seconds))?.parse().ok()?),
        None => TTL,
    };
    let authorizer = AuthorizerResource { id: id.to_owned(), function: text("FunctionArn")?, headers, ttl };
    Some(authorizer).filter(|authorizer| !authorizer.headers.is_empty())
}

/// The index of a route's authorizer: its own, or that of its API.
pub(super) fn of_route(
    event: &Yaml<'_>,
    resources: Option<&Yaml<'_>>,
    authorizers: &[AuthorizerResource],
) -> Result<Option<usize>, TemplateError> {
    let own = at(event, &["Properties", "Auth", "Authorizer"]).and_then(Yaml::as_str);
    let api = match at(event, &["Properties", "ApiId"]) {
        Some(Yaml::Tagged(_, api)) => api.as_str().unwrap_or_default(),
        _ => "",
    };
    let of_api = resources
        .and_then(|all| at(all, &[api, "Properties", "Auth", "DefaultAuthorizer"]))
        .and_then(Yaml::as_str);
    let Some(name) = own.or(of_api).filter(|name| *name != "NONE") else { return Ok(None) };
    let id = format!("{api}.{name}");
    let index = authorizers.iter().position(|authorizer| authorizer.id == id);
    index.map(Some).ok_or_else(|| TemplateError(format!("there is no authorizer {id} that can be run here")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{super::Template, *};

    const TEMPLATE: &str = r#"
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        DefaultAuthorizer: Guard
        Authorizers:
          Guard:
            FunctionArn: { Fn::ImportValue: !Sub "${AWS::StackName}-AuthorizeArn" }
            AuthorizerPayloadFormatVersion: "2.0"
            EnableSimpleResponses: true
            Identity: { Headers: [Authorization], ReauthorizeEvery: 60 }
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: hello/
      Events:
        Closed: { Type: HttpApi, Properties: { Method: GET, Path: /closed, ApiId: !Ref Api } }
        Open: { Type: HttpApi, Properties: { Method: GET, Path: /open, ApiId: !Ref Api, Auth: { Authorizer: NONE } } }
"#;

    fn parse(text: &str) -> Result<Template, String> {
        let guard = ("user-registration-AuthorizeArn".to_owned(), "arn:guard".to_owned());
        Template::parse(text, &[], &BTreeMap::from([guard])).map_err(|error| error.to_string())
    }

    #[test]
    fn a_route_is_behind_the_authorizer_of_its_api_unless_it_says_otherwise() {
        let template = parse(TEMPLATE).unwrap();
        let routes = template.functions[0].routes.iter();
        let behind: Vec<_> = routes.map(|route| (&*route.route.path, route.authorizer)).collect();
        assert_eq!(behind, [("/closed", Some(0)), ("/open", None)]);
        let [guard] = &template.authorizers[..] else { panic!("one authorizer") };
        assert_eq!((&*guard.function, &*guard.headers), ("arn:guard", &["authorization".to_owned()][..]));
        assert_eq!(guard.ttl, Duration::from_mins(1));
    }

    #[test]
    fn an_answer_is_cached_for_five_minutes_by_default() {
        let template = parse(&TEMPLATE.replace(", ReauthorizeEvery: 60", "")).unwrap();
        assert_eq!(template.authorizers[0].ttl, Duration::from_mins(5));
    }

    #[test]
    fn an_authorizer_that_is_not_understood_is_refused() {
        for (known, unknown) in [
            ("Headers: [Authorization]", "QueryStrings: [token], Headers: [Authorization]"),
            ("Headers: [Authorization], ", ""),
            (r#"Version: "2.0""#, r#"Version: "1.0""#),
            ("EnableSimpleResponses: true", "EnableSimpleResponses: false"),
            ("EnableSimpleResponses: true", "EnableSimpleResponses: true\n            JwtConfiguration: {}"),
            ("-AuthorizeArn", "-Unknown"),
        ] {
            let refused = parse(&TEMPLATE.replace(known, unknown)).unwrap_err();
            assert_eq!(refused, "the authorizer Api.Guard is of a kind that can't be run here", "{unknown}");
        }
        let refused = parse(&TEMPLATE.replace("DefaultAuthorizer: Guard", "DefaultAuthorizer: AWS_IAM"));
        assert_eq!(refused.unwrap_err(), "there is no authorizer Api.AWS_IAM that can be run here");
    }
}
