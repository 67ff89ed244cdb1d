//! The template's intrinsic functions, such as `!Ref` and `!If`, as far as their values are known locally.
//!
//! A `!Ref` to a resource is its logical id, as with `sam local`. What only AWS knows has no value.

use std::collections::BTreeMap;

use saphyr::{Scalar, Yaml};

use super::entries;

/// The account and the region of all ARNs here, and the default stack name of `samconfig.toml`.
const PSEUDO_PARAMETERS: [(&str, &str); 4] = [
    ("AWS::Partition", "aws"),
    ("AWS::Region", "local"),
    ("AWS::AccountId", "000000000000"),
    ("AWS::StackName", "user-registration"),
];

/// The name of a resource of this machine.
pub(crate) fn arn(service: &str, resource: &str) -> String {
    let [(_, partition), (_, region), (_, account), _] = PSEUDO_PARAMETERS;
    format!("arn:{partition}:{service}:{region}:{account}:{resource}")
}

/// The values of the names in a template.
pub(super) struct Intrinsics<'a> {
    names: BTreeMap<String, String>,
    conditions: Option<&'a Yaml<'a>>,
    imports: &'a BTreeMap<String, String>,
}

impl<'a> Intrinsics<'a> {
    /// The values of this template with these parameters, and the defaults of the others. `imports` are what other stacks
    /// export.
    pub(super) fn new(
        template: &'a Yaml<'a>,
        parameters: &[(&str, String)],
        imports: &'a BTreeMap<String, String>,
    ) -> Self {
        let pseudo = PSEUDO_PARAMETERS.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut intrinsics = Self {
            names: BTreeMap::from(pseudo),
            conditions: template.as_mapping_get("Conditions"),
            imports,
        };
        for (id, _) in entries(template.as_mapping_get("Resources")) {
            intrinsics.set(id.to_owned(), id.to_owned());
        }
        for (name, parameter) in entries(template.as_mapping_get("Parameters")) {
            let own = parameters.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
            if let Some(value) = own.or_else(|| intrinsics.value(parameter.as_mapping_get("Default"))) {
                intrinsics.set(name.to_owned(), value);
            }
        }
        intrinsics
    }

    pub(super) fn set(&mut self, name: String, value: String) {
        self.names.insert(name, value);
    }

    /// The value of an expression.
    pub(super) fn value(&self, expression: Option<&Yaml<'_>>) -> Option<String> {
        let value = match expression? {
            Yaml::Value(Scalar::String(text)) => text.to_string(),
            Yaml::Value(Scalar::Integer(number)) => number.to_string(),
            Yaml::Value(Scalar::Boolean(truth)) => truth.to_string(),
            Yaml::Tagged(tag, of) => match tag.suffix.as_str() {
                "Ref" | "GetAtt" => self.names.get(of.as_str()?)?.clone(),
                "If" => self.value(Some(self.branch(of)?))?,
                "Select" => {
                    let [index, list] = &**of.as_vec()? else { return None };
                    self.list(list)?.into_iter().nth(index.as_integer()?.try_into().ok()?)?
                }
                "Sub" => self.substituted(of)?,
                "ImportValue" => self.imports.get(&self.value(Some(of))?)?.clone(),
                _ => return None,
            },
            // Written out, because YAML does not allow two tags on one node.
            long => self.imports.get(&self.value(long.as_mapping_get("Fn::ImportValue"))?)?.clone(),
        };
        Some(value).filter(|value| !value.contains("{{resolve:"))
    }

    /// Whether an expression is `AWS::NoValue`, which removes it from a list.
    pub(super) fn is_no_value(&self, expression: &Yaml<'_>) -> bool {
        let Yaml::Tagged(tag, of) = expression else { return false };
        match tag.suffix.as_str() {
            "Ref" => of.as_str() == Some("AWS::NoValue"),
            "If" => self.branch(of).is_some_and(|branch| self.is_no_value(branch)),
            _ => false,
        }
    }

    /// The branch of an `!If`.
    fn branch<'b>(&self, of: &'b Yaml<'b>) -> Option<&'b Yaml<'b>> {
        let [condition, then, otherwise] = &**of.as_vec()? else { return None };
        Some(if self.is_met(condition.as_str()?)? { then } else { otherwise })
    }

    fn list(&self, expression: &Yaml<'_>) -> Option<Vec<String>> {
        match expression {
            Yaml::Tagged(tag, of) if tag.suffix == "Split" => {
                let [separator, text] = &**of.as_vec()? else { return None };
                let text = self.value(Some(text))?;
                Some(text.split(separator.as_str()?).map(str::to_owned).collect())
            }
            list => list.as_vec()?.iter().map(|item| self.value(Some(item))).collect(),
        }
    }

    fn substituted(&self, of: &Yaml<'_>) -> Option<String> {
        let (text, own) = match of.as_vec().map(Vec::as_slice) {
            Some([text, own]) => (text.as_str()?, Some(own)),
            _ => (of.as_str()?, None),
        };
        let (mut value, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}')?;
            value.push_str(before);
            match own.and_then(|own| own.as_mapping_get(name)) {
                Some(expression) => value.push_str(&self.value(Some(expression))?),
                None => value.push_str(self.names.get(name)?),
            }
            rest = after;
        }
        value.push_str(rest);
        Some(value)
    }

    /// Whether a condition of the template is met.
    fn is_met(&self, name: &str) -> Option<bool> {
        self.is_true(self.conditions?.as_mapping_get(name)?)
    }

    fn is_true(&self, condition: &Yaml<'_>) -> Option<bool> {
        let Yaml::Tagged(tag, of) = condition else { return None };
        match (tag.suffix.as_str(), of.as_vec().map(Vec::as_slice)) {
            ("Equals", Some([one, other])) => Some(self.value(Some(one))? == self.value(Some(other))?),
            ("Not", Some([of])) => self.is_true(of).map(|truth| !truth),
            ("And", Some(all)) => all.iter().try_fold(true, |truth, of| Some(truth & self.is_true(of)?)),
            ("Condition", None) => self.is_met(of.as_str()?),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use saphyr::LoadableYamlNode;

    use super::*;

    const TEMPLATE: &str = r#"
Parameters:
  Mailer: { Default: console }
  From: { Default: codes@example.com }
Conditions:
  BySes: !Equals [!Ref Mailer, ses]
  NotBySes: !Not [!Condition BySes]
  Both: !And [!Condition BySes, !Condition NotBySes]
Resources:
  Table: { Type: AWS::DynamoDB::Table }
Expressions:
  - !Ref Table
  - !If [BySes, yes, no]
  - !If [NotBySes, yes, no]
  - !If [Both, yes, !Ref AWS::NoValue]
  - !Sub "arn:${AWS::Partition}:${Table}/${From}"
  - !Sub ["at ${Domain}", { Domain: !Select [1, !Split ["@", !Ref From]] }]
  - !ImportValue Table-Arn
  - { Fn::ImportValue: !Sub "${Table}-Arn" }
  - !ImportValue Table-Name
  - !Sub "{{resolve:secretsmanager:${Table}}}"
  - !GetAtt Table.StreamArn
  - !If [Unknown, yes, no]
"#;

    #[test]
    fn an_expression_has_its_deployed_value_unless_only_aws_knows_it() {
        let documents = Yaml::load_from_str(TEMPLATE).unwrap();
        let expressions = documents[0].as_mapping_get("Expressions").unwrap().as_vec().unwrap();
        for (mailer, expected) in [("console", ["no", "yes"]), ("ses", ["yes", "no"])] {
            let imports = BTreeMap::from([("Table-Arn".to_owned(), "of another stack".to_owned())]);
            let intrinsics = Intrinsics::new(&documents[0], &[("Mailer", mailer.to_owned())], &imports);
            let found: Vec<_> =
                expressions.iter().map(|expression| intrinsics.value(Some(expression))).collect();
            let [by_ses, not_by_ses] = expected;
            let known = ["Table", by_ses, not_by_ses];
            assert_eq!(found[..3], known.map(|value| Some(value.to_owned())));
            assert_eq!(found[3], None);
            let substituted = ["arn:aws:Table/codes@example.com", "at example.com"];
            assert_eq!(found[4..6], substituted.map(|value| Some(value.to_owned())));
            assert_eq!(found[6..8], ["of another stack"; 2].map(|value| Some(value.to_owned())));
            assert_eq!(found[8..], [None, None, None, None]);
        }
    }
}
