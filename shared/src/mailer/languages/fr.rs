//! The mail in French.

use super::{Facts, Language, Wording};

pub(super) const LANGUAGE: Language = Language { tag: "fr", wording };

// A colon follows a no-break space.
fn wording(&Facts { code, service, lifetime }: &Facts<'_>) -> Wording {
    let lives = lifetime.text(["seconde", "secondes"], ["minute", "minutes"], ["heure", "heures"]);
    Wording {
        subject: format!("{code} est votre code pour {service}"),
        instruction: format!("Saisissez ce code pour activer votre compte chez {service}\u{a0}:"),
        lifetime: format!("Il est valable pendant {lives}."),
        secrecy: format!(
            "Ne communiquez ce code à personne\u{a0}: personne de {service} ne vous le demandera jamais."
        ),
        not_you: "Si vous ne vous êtes pas inscrit, vous pouvez ignorer cet e-mail.".to_owned(),
    }
}
