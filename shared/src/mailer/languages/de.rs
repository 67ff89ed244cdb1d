//! The mail in German.

use super::{Facts, Language, Wording};

pub(super) const LANGUAGE: Language = Language { tag: "de", wording };

fn wording(&Facts { code, service, lifetime }: &Facts<'_>) -> Wording {
    let lives = lifetime.text(["Sekunde", "Sekunden"], ["Minute", "Minuten"], ["Stunde", "Stunden"]);
    Wording {
        subject: format!("{code} ist Ihr Code für {service}"),
        instruction: format!("Mit diesem Code aktivieren Sie Ihr Konto bei {service}:"),
        lifetime: format!("Er gilt {lives}."),
        secrecy: format!(
            "Geben Sie diesen Code an niemanden weiter: Niemand von {service} wird Sie je danach fragen."
        ),
        not_you: "Wenn Sie sich nicht registriert haben, können Sie diese E-Mail ignorieren.".to_owned(),
    }
}
