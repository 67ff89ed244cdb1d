//! The settings of the web page: the few that it shows, without tables and secrets.
//!
//! Settings of both the page and the functions have their default and range in `environment.rs`.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use lambda_http::http::Uri;

use super::{ConfigError, Environment, accent::Accent};

/// What the web page shows, and the rules that a person has to know.
#[derive(Clone, Debug)]
pub struct PageSettings {
    /// The name of the service.
    pub service_name: String,
    /// How many digits a code has.
    pub code_length: usize,
    /// How long an activation code is valid.
    pub code_lifetime: Duration,
    /// How long an address waits between two codes.
    pub code_cooldown: Duration,
    /// The fewest code points a new password has.
    pub password_min_length: usize,
    /// Where mails can be read, on a developer's machine.
    pub inbox_url: Option<String>,
    /// Whether the page links to the API reference and shows its API calls, for developers.
    pub show_api_calls: bool,
    /// The accent colour.
    pub accent: Accent,
    /// The logo, in place of the service's name.
    pub logo: Option<Logo>,
    /// Where the page sends people with an active account.
    pub continue_url: Option<PageLink>,
    /// The terms of service.
    pub terms_url: Option<PageLink>,
    /// The privacy policy.
    pub privacy_url: Option<PageLink>,
}

impl PageSettings {
    /// Reads the settings from the environment of this process.
    #[expect(clippy::disallowed_methods, reason = "settings are read from it here")]
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// Reads the settings through `lookup`, which answers for one variable.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let env = Environment(&lookup);
        let link = |name| env.parsed(name, PageLink::parse, "an https URL, or a path that begins with /");
        Ok(Self {
            service_name: env.service_name()?,
            code_length: env.code_length()?,
            code_lifetime: env.code_lifetime()?,
            code_cooldown: env.code_cooldown()?,
            password_min_length: env.password_min_length()?,
            inbox_url: env.optional("INBOX_URL"),
            show_api_calls: env.parsed("SHOW_API_CALLS", on_or_off, "on or off")?.unwrap_or(false),
            accent: env
                .parsed(
                    "ACCENT_COLOR",
                    Accent::parse,
                    "a colour like #3b5bdb that has a contrast of 3:1 to the page's light ground and to its dark one, or \
                     two with a space between, one for each",
                )?
                .unwrap_or(Accent::DEFAULT),
            logo: env.parsed(
                "LOGO_URL",
                Logo::parse,
                "a path that begins with /, or a data: URL of an SVG, PNG, JPEG, GIF or WebP image in base64",
            )?,
            continue_url: link("CONTINUE_URL")?,
            terms_url: link("TERMS_URL")?,
            privacy_url: link("PRIVACY_URL")?,
        })
    }
}

fn on_or_off(text: &str) -> Option<bool> {
    match text {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

/// The target of a link on the page: another site, or a path of this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageLink(String);

impl PageLink {
    /// Takes an `https` URL, an `http` one of this machine, or a path.
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let is_web = match (uri.scheme_str(), uri.host()) {
            (Some("https"), Some(_)) | (Some("http"), Some("localhost" | "127.0.0.1")) => true,
            _ => is_own_path(text),
        };
        is_web.then(|| Self(text.to_owned()))
    }

    /// The link, as it stands in `href`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An image that comes from the page's own origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Logo {
    /// One that something else serves there.
    Path(String),
    /// One that the page serves itself.
    Image {
        /// Its media type.
        media_type: &'static str,
        /// Its bytes.
        bytes: Vec<u8>,
    },
}

impl Logo {
    /// Takes a path, or an image in a `data:` URL.
    pub fn parse(text: &str) -> Option<Self> {
        let Some(data) = text.strip_prefix("data:") else {
            return is_own_path(text).then(|| Self::Path(text.to_owned()));
        };
        let (media_type, base64) = data.split_once(";base64,")?;
        let known = ["image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp"];
        let media_type = known.into_iter().find(|known| *known == media_type)?;
        let bytes = BASE64_STANDARD.decode(base64).ok().filter(|bytes| !bytes.is_empty())?;
        Some(Self::Image { media_type, bytes })
    }
}

/// Whether a text is a path of this host. Browsers read `//` and `/\` as another host.
fn is_own_path(text: &str) -> bool {
    text.starts_with('/')
        && !text.starts_with("//")
        && text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, value: &str) -> Result<PageSettings, String> {
        let lookup = |asked: &str| (asked == name).then(|| value.to_owned());
        PageSettings::read(lookup).map_err(|error| error.to_string())
    }

    #[test]
    fn unset_page_settings_have_their_defaults() {
        let settings = read("", "").unwrap();
        assert!(!settings.show_api_calls && settings.logo.is_none() && settings.continue_url.is_none());
        assert!(settings.terms_url.is_none() && settings.privacy_url.is_none());
        assert_eq!(settings.accent, Accent::DEFAULT);
        assert_eq!(settings.code_lifetime, Duration::from_mins(1));
    }

    #[test]
    fn a_link_leads_to_a_web_page() {
        for url in [
            "https://example.com",
            "https://example.com/terms?of=service#privacy",
            "HTTPS://example.com/",
            "http://localhost:3000/welcome",
            "/welcome",
        ] {
            assert_eq!(read("CONTINUE_URL", url).unwrap().continue_url.unwrap().as_str(), url);
        }
        for url in [
            "http://example.com/",
            "javascript:alert(1)",
            "data:text/html,hello",
            "//example.com/",
            "/\\example.com",
            "welcome",
            "https://example.com/a b",
            "https:///",
        ] {
            for name in ["CONTINUE_URL", "TERMS_URL", "PRIVACY_URL"] {
                assert!(
                    read(name, url).unwrap_err().contains(&format!("{name} must be an https URL")),
                    "{url}"
                );
            }
        }
    }

    #[test]
    fn a_logo_comes_from_the_pages_own_origin() {
        assert_eq!(read("LOGO_URL", "/logo.svg").unwrap().logo, Some(Logo::Path("/logo.svg".to_owned())));
        let inline = read("LOGO_URL", "data:image/svg+xml;base64,PHN2Zy8+").unwrap().logo;
        assert_eq!(inline, Some(Logo::Image { media_type: "image/svg+xml", bytes: b"<svg/>".to_vec() }));
        for url in [
            "https://example.com/logo.svg",
            "//example.com/logo.svg",
            "data:text/html;base64,PHN2Zy8+",
            "data:image/svg+xml,<svg/>",
            "data:image/png;base64,",
            "data:image/png;base64,?",
        ] {
            assert!(read("LOGO_URL", url).unwrap_err().contains("LOGO_URL must be a path"), "{url}");
        }
    }

    #[test]
    fn an_invalid_accent_or_switch_is_refused() {
        assert!(read("ACCENT_COLOR", "#ffd400").unwrap_err().contains("a contrast of 3:1"));
        assert!(read("SHOW_API_CALLS", "yes").unwrap_err().ends_with("SHOW_API_CALLS must be on or off"));
        assert!(read("SHOW_API_CALLS", "on").unwrap().show_api_calls);
    }
}
