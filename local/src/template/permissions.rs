//! The permissions of a function's role: actions of DynamoDB and SES, each on a resource.
//!
//! A statement that can't be read completely is refused, so nothing is allowed here that IAM would not allow.

use std::{collections::BTreeSet, fmt};

use saphyr::Yaml;

use super::{TemplateError, at, intrinsics::Intrinsics, items, string};

/// An action on a resource, such as `dynamodb:GetItem` on a table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Permission {
    pub(crate) action: String,
    /// The resource's ARN.
    pub(crate) resource: String,
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.action, self.resource)
    }
}

pub(crate) type Permissions = BTreeSet<Permission>;

/// The permissions of a function: those of its role's inline and managed policies.
pub(super) fn of(
    id: &str,
    function: &Yaml<'_>,
    resources: Option<&Yaml<'_>>,
    intrinsics: &Intrinsics<'_>,
) -> Result<Permissions, TemplateError> {
    let resource = |id: &str| resources?.as_mapping_get(id);
    let role = match at(function, &["Properties", "Role"]) {
        Some(Yaml::Tagged(_, name)) => name.as_str().and_then(|name| resource(name.strip_suffix(".Arn")?)),
        _ => None,
    };
    let Some(role) = role else { return Ok(Permissions::new()) };
    let inline =
        items(at(role, &["Properties", "Policies"])).filter_map(|policy| at(policy, &["PolicyDocument"]));
    let managed = items(at(role, &["Properties", "ManagedPolicyArns"])).filter_map(|policy| {
        at(resource(&intrinsics.value(Some(policy))?)?, &["Properties", "PolicyDocument"])
    });

    let mut permissions = Permissions::new();
    let statements = inline.chain(managed).flat_map(|document| items(at(document, &["Statement"])));
    for statement in statements.filter(|statement| !intrinsics.is_no_value(statement)) {
        let unreadable = || TemplateError(format!("the role of {id} has a statement that can't be read"));
        let known = ["Effect", "Action", "Resource"];
        let members = statement.as_mapping().ok_or_else(unreadable)?;
        if string(statement, "Effect") != Some("Allow")
            || !members.iter().all(|(name, _)| name.as_str().is_some_and(|name| known.contains(&name)))
        {
            return Err(unreadable());
        }
        let actions = one_or_more(at(statement, &["Action"])).filter_map(Yaml::as_str);
        for action in actions.filter(|action| action.starts_with("dynamodb:") || action.starts_with("ses:")) {
            let resources = one_or_more(at(statement, &["Resource"]));
            for resource in resources.filter(|resource| !intrinsics.is_no_value(resource)) {
                let resource = intrinsics.value(Some(resource)).ok_or_else(unreadable)?;
                permissions.insert(Permission { action: action.to_owned(), resource });
            }
        }
    }
    Ok(permissions)
}

fn one_or_more<'a>(node: Option<&'a Yaml<'a>>) -> impl Iterator<Item = &'a Yaml<'a>> {
    let one = node.filter(|node| node.as_vec().is_none());
    one.into_iter().chain(items(node))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::Template;

    const TEMPLATE: &str = r#"
Parameters: { Mailer: { Default: console } }
Conditions: { BySes: !Equals [!Ref Mailer, ses] }
Resources:
  Register:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: register/, Role: !GetAtt Role.Arn }
  Role:
    Type: AWS::IAM::Role
    Properties:
      ManagedPolicyArns: [!If [BySes, !Ref Mail, !Ref AWS::NoValue]]
      Policies:
        - PolicyDocument:
            Statement:
              - { Effect: Allow, Action: [dynamodb:GetItem, dynamodb:PutItem], Resource: !GetAtt Users.Arn }
              - { Effect: Allow, Action: logs:PutLogEvents, Resource: !GetAtt Logs.Arn }
              - !If [BySes, !Ref AWS::NoValue, !Ref AWS::NoValue]
  Mail:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Statement:
          - Effect: Allow
            Action: ses:SendEmail
            Resource: [!Sub "arn:${AWS::Partition}:one", two, !If [BySes, !Ref AWS::NoValue, three]]
  Users:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{ AttributeName: email, AttributeType: S }]
      KeySchema: [{ AttributeName: email, KeyType: HASH }]
"#;

    fn permissions(text: &str, mailer: &str) -> Result<Vec<String>, String> {
        let template = Template::parse(text, &[("Mailer", mailer.to_owned())], &BTreeMap::new())
            .map_err(|error| error.to_string())?;
        Ok(template.functions[0].permissions.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_function_may_do_what_its_role_and_its_managed_policies_say() {
        let users = "arn:aws:dynamodb:local:000000000000:table/Users";
        let tables = [format!("dynamodb:GetItem on {users}"), format!("dynamodb:PutItem on {users}")];
        assert_eq!(permissions(TEMPLATE, "console").unwrap(), tables);
        let mail = ["ses:SendEmail on arn:aws:one".to_owned(), "ses:SendEmail on two".to_owned()];
        assert_eq!(permissions(TEMPLATE, "ses").unwrap(), [tables, mail].concat());
    }

    #[test]
    fn a_statement_that_is_not_understood_allows_nothing() {
        for (known, unknown) in [
            ("Effect: Allow, Action: [", "Effect: Deny, Action: ["),
            ("Effect: Allow, Action: [", "Condition: {}, Effect: Allow, Action: ["),
            ("Resource: !GetAtt Users.Arn", "Resource: !GetAtt Users.StreamArn"),
        ] {
            let refused = permissions(&TEMPLATE.replace(known, unknown), "console").unwrap_err();
            assert_eq!(refused, "the role of Register has a statement that can't be read");
        }
    }
}
