//! The settings, and the errors for invalid ones.

use std::num::NonZeroU32;

use super::*;

const EVERYTHING: &[Need] = &[
    Need::Edge,
    Need::Users,
    Need::Registrations,
    Need::Codes(Purpose::Activation),
    Need::CodeRequests,
    Need::Mail,
    Need::NewPasswords,
];

const REQUIRED: [(&str, &str); 4] = [
    ("USERS_TABLE", "users"),
    ("CODES_TABLE", "codes"),
    ("LIMITS_TABLE", "limits"),
    ("CODE_SECRET", "0123456789abcdef0123456789abcdef"),
];

fn read(set: &[(&str, &str)]) -> Result<Config, String> {
    let lookup = |name: &str| {
        let found = set.iter().chain(&REQUIRED).find(|(key, _)| *key == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    Config::read(EVERYTHING, lookup).map_err(|error| error.to_string())
}

#[test]
fn unset_settings_have_their_defaults() {
    let config = read(&[("CODE_LENGTH", "")]).unwrap();
    let (codes, mail, requests) =
        (config.codes.unwrap(), config.mail.unwrap(), config.code_requests.unwrap());
    assert_eq!(codes.length, 4);
    assert_eq!(codes.lifetime, Duration::from_mins(1));
    assert_eq!(codes.attempts, NonZeroU32::new(3));
    assert_eq!(requests.limits.cooldown, Duration::from_secs(30));
    assert_eq!(requests.limits.per_day, NonZeroU32::new(10));
    assert_eq!(requests.limits.per_client, NonZeroU32::new(5));
    assert_eq!(mail.limit.per_day, NonZeroU32::new(50));
    assert_eq!(requests.per_hour, NonZeroU32::new(60));
    assert_eq!(config.passwords.unwrap().bcrypt_cost, 12);
    assert_eq!(config.new_passwords.unwrap().min_length, 8);
    assert_eq!(config.registration_ttl, Some(Duration::from_hours(24)));
    assert!(matches!(mail.settings, MailSettings::Console));
    assert!(config.edge.is_none() && config.breached_passwords.is_none());
}

#[test]
fn a_reset_code_is_valid_for_ten_minutes() {
    let lookup =
        |name: &str| REQUIRED.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    let codes = Config::read(&[Need::Codes(Purpose::Reset)], lookup).unwrap().codes.unwrap();
    assert_eq!((codes.purpose, codes.lifetime), (Purpose::Reset, Duration::from_mins(10)));
}

#[test]
fn an_invalid_value_is_reported_with_what_it_must_be() {
    for (name, value, must_be) in [
        ("USERS_TABLE", "", "set"),
        ("CODE_SECRET", "short", "a random text of at least 32 bytes"),
        (
            "EDGE_SECRET",
            "short",
            "one or two secrets of 32 to 128 visible ASCII characters, separated by a comma",
        ),
        ("CODE_LENGTH", "3", "a whole number from 4 to 10"),
        ("BCRYPT_COST", "17", "a whole number from 4 to 16"),
        ("BCRYPT_COST", "twelve", "a whole number from 4 to 16"),
        ("CODE_ATTEMPTS", "-1", "a whole number from 0 to 100"),
        ("MAILER", "pigeon", "console, ses or webhook"),
        ("BREACHED_PASSWORDS", "yes", "off, on, an https URL, or an http URL of this machine"),
        ("SERVICE_NAME", "two\nlines", "a line of at most 100 characters"),
    ] {
        let expected = format!("the environment variable {name} must be {must_be}");
        assert_eq!(read(&[(name, value)]).unwrap_err(), expected);
    }
}

#[test]
fn ses_needs_a_sender() {
    assert!(read(&[("MAILER", "ses")]).unwrap_err().contains("MAIL_FROM"));
    assert!(read(&[("MAILER", "ses"), ("MAIL_FROM", "codes@example.com")]).is_ok());
}

#[test]
fn a_webhook_needs_an_encrypted_or_local_url() {
    let webhook =
        |url, secret| read(&[("MAILER", "webhook"), ("WEBHOOK_URL", url), ("WEBHOOK_SECRET", secret)]);
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    for url in [
        "https://example.com/mail?key=1",
        "HTTPS://example.com:8443",
        "http://localhost:9000/mail",
        "http://127.1.2.3/",
        "http://[::1]:9000/",
    ] {
        assert!(webhook(url, secret).is_ok(), "{url}");
    }
    for url in [
        "",
        "/mail",
        "example.com",
        "ftp://example.com/",
        "http://example.com/",
        "http://localhost.example.com/",
        "http://127.0.0.1.example.com/",
        "http://127.0.0.1@example.com/",
        "http://10.0.0.1/",
        "https://name:password@example.com/",
        "https://",
        "https://example.com/a b",
        "https://example.com/\r\nX: y",
    ] {
        assert!(webhook(url, secret).unwrap_err().contains("WEBHOOK_URL"), "{url}");
    }
    for secret in ["", "whsec_", "c2hvcnQ="] {
        let refused = webhook("https://example.com/", secret).unwrap_err();
        assert!(refused.contains("WEBHOOK_SECRET"), "{secret}");
    }
}

#[test]
fn breached_passwords_are_looked_up_where_the_setting_says() {
    for (value, host) in [
        ("off", None),
        ("on", Some("HttpsUrl(api.pwnedpasswords.com)")),
        ("https://ranges.example.com/hidden", Some("HttpsUrl(ranges.example.com)")),
        ("http://127.0.0.1:9000/range", Some("HttpsUrl(127.0.0.1)")),
    ] {
        let url = read(&[("BREACHED_PASSWORDS", value)]).unwrap().breached_passwords;
        assert_eq!(url.map(|url| format!("{url:?}")).as_deref(), host, "{value}");
    }
    assert!(read(&[("BREACHED_PASSWORDS", "http://example.com/range")]).is_err());
}

#[test]
fn zero_turns_a_limit_off() {
    let off =
        ["CODE_ATTEMPTS", "CODES_PER_DAY", "CODES_PER_CLIENT_PER_DAY", "MAILS_PER_DAY", "CODES_PER_HOUR"];
    let config = read(&off.map(|name| (name, "0"))).unwrap();
    let (mail, requests) = (config.mail.unwrap(), config.code_requests.unwrap());
    assert_eq!(config.codes.unwrap().attempts, None);
    assert_eq!((requests.limits.per_day, requests.limits.per_client), (None, None));
    assert_eq!((mail.limit.per_day, requests.per_hour), (None, None));
}

#[test]
fn debug_shows_no_secret() {
    let shown = format!(
        "{:?}",
        read(&[
            ("MAILER", "webhook"),
            ("WEBHOOK_URL", "https://example.com/hidden"),
            ("WEBHOOK_SECRET", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
            ("EDGE_SECRET", "edge-edge-edge-edge-edge-edge-edge"),
        ])
        .unwrap()
    );
    for secret in ["0123456789abcdef", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "hidden", "edge-edge"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn a_function_reads_no_setting_that_it_does_not_need() {
    let asked = std::cell::RefCell::new(Vec::new());
    let lookup = |name: &str| {
        asked.borrow_mut().push(name.to_owned());
        Some("1".to_owned()).filter(|_| name.ends_with("_TABLE"))
    };
    let config = Config::read(&[Need::Users], lookup).unwrap();
    assert!(config.codes.is_none() && config.mail.is_none() && config.new_passwords.is_none());
    assert!(config.registration_ttl.is_none());
    let asked = asked.into_inner();
    assert!(config.breached_passwords.is_none());
    let other = |name: &&String| {
        ["BREACHED", "CODE", "MAIL", "WEBHOOK", "PENDING"].iter().any(|prefix| name.starts_with(prefix))
    };
    assert_eq!(asked.iter().find(other), None);
}
