//! Mail in English.

use super::{CodeFacts, CodeWording, Event, Language, Moment, NoticeFacts, NoticeWording, Purpose};

pub(super) const LANGUAGE: Language = Language { tag: "en", code, notice };

fn code(&CodeFacts { purpose, code, service, lifetime }: &CodeFacts<'_>) -> CodeWording {
    let lives = lifetime.text(["second", "seconds"], ["minute", "minutes"], ["hour", "hours"]);
    let (subject, instruction, not_you) = match purpose {
        Purpose::Activation => (
            format!("{code} is your code for {service}"),
            format!("Enter this code to activate your {service} account:"),
            "If you did not register, you can ignore this email.",
        ),
        Purpose::Reset => (
            format!("{code} is your password reset code for {service}"),
            format!("Enter this code to set a new password for your {service} account:"),
            "If you did not ask for this code, you can ignore this email. Your password stays as it is unless \
             someone enters the code.",
        ),
    };
    CodeWording {
        subject,
        instruction,
        lifetime: format!("It is valid for {lives}."),
        secrecy: format!(
            "Do not share this code with anyone. No one from {service} will ever ask you for it."
        ),
        not_you: not_you.to_owned(),
    }
}

fn notice(&NoticeFacts { event, service, at }: &NoticeFacts<'_>) -> NoticeWording {
    let when = when(at);
    let (subject, event, not_you) = match event {
        Event::PasswordChanged => (
            format!("Your {service} password was changed"),
            format!("The password for your {service} account was changed on {when}."),
            "If this was not you, someone else may have access to your account. Use “Forgot password” to set a \
             new password right away."
                .to_owned(),
        ),
        Event::AccountDeleted => (
            format!("Your {service} account was deleted"),
            format!("Your {service} account was deleted on {when}."),
            format!("If this was not you, please contact the people who run {service} right away."),
        ),
    };
    NoticeWording { subject, event, not_you }
}

fn when(at: Moment) -> String {
    let month = at.month([
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ]);
    let Moment { year, day, hour, minute, .. } = at;
    format!("{day} {month} {year} at {hour:02}:{minute:02} UTC")
}
