//! HTTP Basic (RFC 7617), and the guards behind which a route may stand.
//!
//! Unknown address and wrong password can't be told apart: not by the answer, and not by the time, for each takes one
//! bcrypt. A guard speaks of the account's state only to who knows its password.

use base64::{Engine, prelude::BASE64_STANDARD};
use lambda_http::http::{HeaderMap, header::AUTHORIZATION};
use zeroize::Zeroizing;

use crate::{
    App, email_address::EmailAddress, http::Call, limits::PasswordFailures, password::Password,
    problem::Problem, telemetry::Metric, user::User,
};

/// An address and a password that claim to belong together.
#[derive(Debug)]
pub struct Credentials {
    email: EmailAddress,
    password: Password,
}

impl Credentials {
    /// Reads the `Authorization` header.
    ///
    /// # Errors
    /// [`Problem::Unauthorized`] when there is not exactly one header of a form that some account could have.
    pub fn parse(headers: &HeaderMap) -> Result<Self, Problem> {
        Self::read(headers).ok_or(Problem::Unauthorized)
    }

    fn read(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let (Some(value), None) = (values.next(), values.next()) else { return None };
        let (scheme, encoded) = value.to_str().ok()?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = Zeroizing::new(BASE64_STANDARD.decode(encoded.trim_matches(' ')).ok()?);
        let (email, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
        Some(Self { email: EmailAddress::parse(email).ok()?, password: Password::parse(password).ok()? })
    }

    /// Lets pass whose account is not active yet.
    ///
    /// # Errors
    /// [`Problem::Unauthorized`], [`Problem::AlreadyActivated`], or what the store says.
    pub async fn inactive_user(self, app: &App, call: &Call) -> Result<User, Problem> {
        let user = self.user(app, call).await?;
        if user.is_active() { Err(Problem::AlreadyActivated) } else { Ok(user) }
    }

    /// Lets pass whose account is active.
    ///
    /// # Errors
    /// [`Problem::Unauthorized`], [`Problem::NotActivated`], or what the store says.
    pub async fn active_user(self, app: &App, call: &Call) -> Result<User, Problem> {
        let user = self.user(app, call).await?;
        if user.is_active() { Ok(user) } else { Err(Problem::NotActivated) }
    }

    async fn user(self, app: &App, call: &Call) -> Result<User, Problem> {
        let limits = &app.config.limits;
        let failures = PasswordFailures::of(&self.email, call.source_ip(), call.now(), limits);
        let (found, so_far) = app.store.find_with_failures(&self.email, failures.as_ref()).await?;
        if let Some(failures) = &failures {
            failures.admit(so_far)?;
        }
        if let Some(user) = self.verified(app, call, found).await? {
            return Ok(user);
        }
        if let Some(failures) = &failures {
            app.store.count_password_failure(failures, so_far).await?;
        }
        Err(Problem::Unauthorized)
    }

    /// The user who was found, if the registration still stands and the password is theirs.
    async fn verified(&self, app: &App, call: &Call, found: Option<User>) -> Result<Option<User>, Problem> {
        let standing = found.filter(|user| user.stands(call.now(), app.config.pending_for));
        let hash = standing.as_ref().map_or(&app.nobody, |user| &user.password_hash);
        let verified = call.log().timed(Metric::HashTime, hash.verify(&self.password)).await;
        let right = verified.map_err(Problem::internal)?;
        Ok(standing.filter(|_| right))
    }
}

#[cfg(test)]
mod tests {
    use lambda_http::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn parse(value: &str) -> Option<Credentials> {
        let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_str(value).unwrap())]);
        Credentials::parse(&headers).ok()
    }

    fn basic(user_pass: &str) -> String {
        format!("Basic {}", BASE64_STANDARD.encode(user_pass))
    }

    #[test]
    fn the_address_ends_at_the_first_colon() {
        let credentials = parse(&basic("ADA@example.com:pass:word")).unwrap();
        assert_eq!(credentials.email.as_str(), "ada@example.com");
        assert_eq!(**credentials.password.to_bcrypt_input(), *b"pass:word");
    }

    #[test]
    fn the_scheme_has_any_case() {
        let encoded = BASE64_STANDARD.encode("ada@example.com:password");
        for scheme in ["basic", "BASIC", "bAsIc"] {
            assert!(parse(&format!("{scheme} {encoded}")).is_some(), "{scheme}");
        }
    }

    #[test]
    fn a_password_has_one_normal_form() {
        let decomposed = parse(&basic("ada@example.com:pa\u{308}sswo\u{308}rd")).unwrap();
        assert_eq!(**decomposed.password.to_bcrypt_input(), *"pässwörd".as_bytes());
    }

    #[test]
    fn what_no_account_can_have_is_refused_unread() {
        let latin_1 = format!("Basic {}", BASE64_STANDARD.encode(b"ada@example.com:p\xe4ssword"));
        for value in [
            "",
            "Basic",
            "Basic ",
            "Basic !!!!",
            "Bearer abc",
            &basic("ada@example.com"),
            &basic(":password"),
            &basic("ada@example.com:"),
            &basic("ada:password"),
            &basic(&format!("ada@example.com:{}", "x".repeat(257))),
            &format!("{},{}", basic("ada@example.com:password"), basic("ada@example.com:password")),
            &latin_1,
        ] {
            assert!(parse(value).is_none(), "{value:?}");
        }
    }

    #[test]
    fn two_headers_are_none() {
        let value = HeaderValue::from_str(&basic("ada@example.com:password")).unwrap();
        let mut headers = HeaderMap::new();
        headers.append(AUTHORIZATION, value.clone());
        headers.append(AUTHORIZATION, value);
        assert!(Credentials::parse(&headers).is_err());
    }

    /// Any header, most of them near one that some account could have.
    fn header() -> impl Strategy<Value = Vec<u8>> {
        let user_pass = prop_oneof![
            any::<Vec<u8>>(),
            ".{0,80}:.{0,300}".prop_map(String::into_bytes),
            "[a-zA-Z0-9.+]{1,20}@[a-zA-Z0-9]{1,20}\\.com:.{0,300}".prop_map(String::into_bytes),
        ];
        let encoded = user_pass.prop_map(|user_pass| BASE64_STANDARD.encode(user_pass));
        let basic = ("(?i)basic", " {0,2}", encoded, "[ =,]{0,2}");
        prop_oneof![
            1 => any::<Vec<u8>>(),
            9 => basic.prop_map(|(scheme, space, encoded, end)| [scheme, space, encoded, end].concat().into_bytes()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_header_is_read_or_refused(header in header()) {
            let Ok(value) = HeaderValue::from_bytes(&header) else { return Ok(()) };
            match Credentials::parse(&HeaderMap::from_iter([(AUTHORIZATION, value)])) {
                Ok(Credentials { email, password }) => {
                    prop_assert!(!email.as_str().contains(':') && email.as_str() == email.as_str().to_lowercase());
                    prop_assert!(password.to_bcrypt_input().len() <= 72);
                }
                Err(problem) => prop_assert_eq!(problem.slug(), "unauthorized"),
            }
        }
    }
}
