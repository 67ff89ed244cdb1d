//! Mail in French.

use super::{CodeFacts, CodeWording, Event, Language, Moment, NoticeFacts, NoticeWording, Purpose};

pub(super) const LANGUAGE: Language = Language { tag: "fr", code, notice };

// No-break spaces stand before a colon, inside quotation marks and around the hour's sign. "de" never precedes the
// service's name, because before a vowel it would be "d’".
fn code(&CodeFacts { purpose, code, service, lifetime }: &CodeFacts<'_>) -> CodeWording {
    let lives = lifetime.text(["seconde", "secondes"], ["minute", "minutes"], ["heure", "heures"]);
    let (subject, instruction, not_you) = match purpose {
        Purpose::Activation => (
            format!("{code} est votre code pour {service}"),
            format!("Saisissez ce code pour activer votre compte {service}\u{a0}:"),
            "Si vous n’êtes pas à l’origine de cette inscription, vous pouvez ignorer cet e-mail.",
        ),
        Purpose::Reset => (
            format!("{code} est votre code pour réinitialiser votre mot de passe {service}"),
            format!("Saisissez ce code pour réinitialiser le mot de passe de votre compte {service}\u{a0}:"),
            "Si vous n’avez pas demandé ce code, vous pouvez ignorer cet e-mail. Votre mot de passe reste \
             inchangé tant que personne ne saisit le code.",
        ),
    };
    CodeWording {
        subject,
        instruction,
        lifetime: format!("Il est valable pendant {lives}."),
        secrecy: format!(
            "Ne communiquez ce code à personne. L’équipe {service} ne vous le demandera jamais."
        ),
        not_you: not_you.to_owned(),
    }
}

fn notice(&NoticeFacts { event, service, at }: &NoticeFacts<'_>) -> NoticeWording {
    let when = when(at);
    let (subject, event, not_you) = match event {
        Event::PasswordChanged => (
            format!("Votre mot de passe {service} a été modifié"),
            format!("Le mot de passe de votre compte {service} a été modifié {when}."),
            "Si vous n’êtes pas à l’origine de ce changement, une autre personne a peut-être accès à votre \
             compte. Choisissez immédiatement un nouveau mot de passe avec «\u{a0}Mot de passe oublié\u{a0}»."
                .to_owned(),
        ),
        Event::AccountDeleted => (
            format!("Votre compte {service} a été supprimé"),
            format!("Votre compte {service} a été supprimé {when}."),
            format!(
                "Si vous n’êtes pas à l’origine de cette suppression, contactez immédiatement l’équipe \
                 {service}."
            ),
        ),
    };
    NoticeWording { subject, event, not_you }
}

fn when(at: Moment) -> String {
    let month = at.month([
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ]);
    let Moment { year, day, hour, minute, .. } = at;
    let day = if day == 1 { "1er".to_owned() } else { day.to_string() };
    format!("le {day} {month} {year} à {hour}\u{a0}h\u{a0}{minute:02} (UTC)")
}
