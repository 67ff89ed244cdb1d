//! The mail in English.

use super::{Facts, Language, Wording};

pub(super) const LANGUAGE: Language = Language { tag: "en", wording };

fn wording(&Facts { code, service, lifetime }: &Facts<'_>) -> Wording {
    let lives = lifetime.text(["second", "seconds"], ["minute", "minutes"], ["hour", "hours"]);
    Wording {
        subject: format!("{code} is your code for {service}"),
        instruction: format!("Enter this code to activate your account at {service}:"),
        lifetime: format!("It is valid for {lives}."),
        secrecy: format!("Tell this code to nobody: no one from {service} will ever ask you for it."),
        not_you: "If you did not register, you can ignore this mail.".to_owned(),
    }
}
