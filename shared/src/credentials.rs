//! HTTP Basic (RFC 7617), and the checks of an account's state that a route can require.
//!
//! Unknown address and wrong password can't be told apart, neither by the answer nor by the time, because each takes
//! one bcrypt. Only a client that knows the password learns the account's state.

use base64::{Engine, prelude::BASE64_STANDARD};
use lambda_http::http::{HeaderMap, header::AUTHORIZATION};
use zeroize::Zeroizing;

use crate::{
    Passwords,
    code::Purpose,
    code_issue,
    email_address::EmailAddress,
    http::RequestContext,
    limits::{Admission, Client, CodeRequest, Count, SignIn, Slot},
    password::Password,
    problem::Problem,
    registration::{Active, Pending, Registration},
    store::{Snapshot, Wanted},
    telemetry::Metric,
};

/// An address and a password that claim to belong together.
#[derive(Debug)]
pub struct Credentials {
    email: EmailAddress,
    password: Password,
}

impl Credentials {
    /// Reads the `Authorization` header.
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
        let text = to_text(&decoded);
        let (email, password) = text.split_once(':')?;
        Some(Self { email: EmailAddress::parse(email).ok()?, password: Password::parse(password).ok()? })
    }

    /// The registration of these credentials, if it is pending.
    pub async fn pending(self, cx: &RequestContext<'_>) -> Result<Pending, Problem> {
        self.sign_in(cx, None).await?.0.pending()
    }

    /// The same, with the data that decides whether it may be sent another code.
    pub async fn pending_with_codes(
        self,
        cx: &RequestContext<'_>,
    ) -> Result<(Pending, CodeRequest, Snapshot), Problem> {
        let request = code_issue::code_limits(cx, &self.email)?;
        let (registration, snapshot) = self.sign_in(cx, Some(&request)).await?;
        Ok((registration.pending()?, request, snapshot))
    }

    /// The account of these credentials, if it is active.
    pub async fn active_account(self, cx: &RequestContext<'_>) -> Result<Active, Problem> {
        let active = self.sign_in(cx, None).await?.0.active()?;
        self.with_current_hash(cx, active).await
    }

    /// The account of these credentials, active or not, whose hash is about to be deleted. Called again, it reads the
    /// current state.
    pub async fn any_account(&self, cx: &RequestContext<'_>) -> Result<Registration, Problem> {
        Ok(self.sign_in(cx, None).await?.0)
    }

    /// Whether this is the password of the credentials.
    pub fn have(&self, password: &Password) -> bool {
        self.password == *password
    }

    /// The address of the credentials.
    pub fn email(&self) -> &EmailAddress {
        &self.email
    }

    async fn sign_in(
        &self,
        cx: &RequestContext<'_>,
        code: Option<&CodeRequest>,
    ) -> Result<(Registration, Snapshot), Problem> {
        let limits = &cx.app.passwords()?.limits;
        let sign_in = SignIn::of(&self.email, &Client::at(cx.source_ip()), cx.now(), limits);
        let keys = sign_in.iter().flat_map(SignIn::keys).chain(code.iter().flat_map(|code| code.keys()));
        let newest_code = code.map(|_| Purpose::Activation);
        let wanted = Wanted { newest_code, counters: keys.collect(), mark: code.is_some() };
        let mut snapshot = cx.app.store.read(&self.email, wanted).await?;
        let admission = sign_in.map(|sign_in| sign_in.admit(&snapshot.counters)).transpose()?;
        let registration = self.limited(cx, admission, snapshot.registration.take()).await?;
        Ok((registration.enabled()?, snapshot))
    }

    /// The account with a current hash: one of another cost, or from another system, is renewed, now that the password
    /// is known and the request is not refused. If the new one can't be stored, the old one stays.
    async fn with_current_hash(
        &self,
        cx: &RequestContext<'_>,
        mut account: Active,
    ) -> Result<Active, Problem> {
        if account.identity.password_hash.is_own_at(cx.app.passwords()?.bcrypt_cost) {
            return Ok(account);
        }
        let hash = cx.hash(&self.password).await?;
        let stored = cx.app.store.renew_hash(&account, &hash).await;
        if stored.inspect_err(|problem| cx.note(problem)).unwrap_or(false) {
            account.identity.password_hash = hash;
        }
        Ok(account)
    }

    /// The account that was found, if the password matches. A wrong one is counted in the limits.
    async fn limited(
        &self,
        cx: &RequestContext<'_>,
        admission: Option<Admission>,
        found: Option<Registration>,
    ) -> Result<Registration, Problem> {
        let Some(Admission { slots, reserve }) = admission else {
            return self.verified(cx, found).await?.ok_or(Problem::Unauthorized);
        };
        if reserve {
            let taken = take(cx, slots).await?;
            let registration = self.verified(cx, found).await?.ok_or(Problem::Unauthorized)?;
            give_back(cx, &taken).await;
            return Ok(registration);
        }
        let Some(registration) = self.verified(cx, found).await? else {
            take(cx, slots).await?;
            return Err(Problem::Unauthorized);
        };
        Ok(registration)
    }

    /// The account that was found, if it is current and the password matches.
    async fn verified(
        &self,
        cx: &RequestContext<'_>,
        found: Option<Registration>,
    ) -> Result<Option<Registration>, Problem> {
        let current = found.filter(|found| found.is_current(cx.now()));
        let Passwords { bcrypt_cost, dummy_hash, .. } = cx.app.passwords()?;
        let hash = current.as_ref().map_or(dummy_hash, |found| &found.identity().password_hash);
        let verified =
            cx.log.timed(Metric::HashTime, hash.verify_in_time_of(&self.password, *bcrypt_cost)).await;
        let right = verified.map_err(Problem::internal)?;
        Ok(current.filter(|_| right))
    }
}

/// Reserves a place in each of `slots`, unless one of them is full.
async fn take(cx: &RequestContext<'_>, slots: Vec<Slot>) -> Result<Vec<Count>, Problem> {
    let mut taken = Vec::new();
    'slots: for slot in slots {
        for count in slot.counts {
            if cx.app.store.count(&count).await? {
                taken.push(count);
                continue 'slots;
            }
        }
        return Err(slot.full);
    }
    Ok(taken)
}

/// Gives places back. If that fails, a place stays taken until its window ends, which is no reason to refuse the
/// request.
async fn give_back(cx: &RequestContext<'_>, taken: &[Count]) {
    for count in taken {
        cx.app.store.give_back(count).await.unwrap_or_else(|problem| cx.note(&problem));
    }
}

/// Decodes UTF-8, or otherwise the Latin-1 that Python's `requests` and older browsers send (RFC 7617, B.2).
fn to_text(bytes: &[u8]) -> Zeroizing<String> {
    let latin_1 = |_| bytes.iter().copied().map(char::from).collect();
    Zeroizing::new(std::str::from_utf8(bytes).map_or_else(latin_1, str::to_owned))
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
    fn bytes_that_are_not_utf_8_are_latin_1() {
        let latin_1 = format!("Basic {}", BASE64_STANDARD.encode(b"ada@example.com:p\xe4ssw\xf6rt"));
        let utf_8 = basic("ada@example.com:pässwört");
        let [latin_1, utf_8] =
            [latin_1, utf_8].map(|value| parse(&value).unwrap().password.to_bcrypt_input());
        assert_eq!(latin_1, utf_8);
    }

    #[test]
    fn credentials_that_no_account_can_have_are_refused() {
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
        ] {
            assert!(parse(value).is_none(), "{value:?}");
        }
    }

    #[test]
    fn repeated_headers_are_refused() {
        let value = HeaderValue::from_str(&basic("ada@example.com:password")).unwrap();
        let mut headers = HeaderMap::new();
        headers.append(AUTHORIZATION, value.clone());
        headers.append(AUTHORIZATION, value);
        assert!(Credentials::parse(&headers).is_err());
    }

    /// Any header, most of them similar to valid ones.
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
        fn any_header_is_parsed_or_refused(header in header()) {
            let Ok(value) = HeaderValue::from_bytes(&header) else { return Ok(()) };
            match Credentials::parse(&HeaderMap::from_iter([(AUTHORIZATION, value)])) {
                Ok(Credentials { email, password }) => {
                    prop_assert!(!email.as_str().contains(':') && email.as_str() == email.as_str().to_lowercase());
                    prop_assert!(password.to_bcrypt_input().len() <= 72);
                }
                Err(problem) => prop_assert_eq!(problem.kind().slug, "unauthorized"),
            }
        }
    }
}
