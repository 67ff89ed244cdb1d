//! Mail in German.

use super::{CodeFacts, CodeWording, Event, Language, Moment, NoticeFacts, NoticeWording, Purpose};

pub(super) const LANGUAGE: Language = Language { tag: "de", code, notice };

fn code(&CodeFacts { purpose, code, service, lifetime }: &CodeFacts<'_>) -> CodeWording {
    let lives = lifetime.text(["Sekunde", "Sekunden"], ["Minute", "Minuten"], ["Stunde", "Stunden"]);
    let (subject, instruction, not_you) = match purpose {
        Purpose::Activation => (
            format!("{code} ist Ihr Code für {service}"),
            format!("Mit diesem Code aktivieren Sie Ihr Konto bei {service}:"),
            "Wenn Sie sich nicht registriert haben, können Sie diese E-Mail ignorieren.",
        ),
        Purpose::Reset => (
            format!("{code} ist Ihr Code für ein neues Passwort bei {service}"),
            format!("Mit diesem Code legen Sie ein neues Passwort für Ihr Konto bei {service} fest:"),
            "Wenn Sie diesen Code nicht angefordert haben, können Sie diese E-Mail ignorieren. Ihr Passwort \
             bleibt unverändert, solange niemand den Code eingibt.",
        ),
    };
    CodeWording {
        subject,
        instruction,
        lifetime: format!("Er gilt {lives}."),
        secrecy: format!(
            "Geben Sie diesen Code an niemanden weiter. Niemand von {service} wird Sie je danach fragen."
        ),
        not_you: not_you.to_owned(),
    }
}

fn notice(&NoticeFacts { event, service, at }: &NoticeFacts<'_>) -> NoticeWording {
    let when = when(at);
    let (subject, event, not_you) = match event {
        Event::PasswordChanged => (
            format!("Ihr Passwort bei {service} wurde geändert"),
            format!("Das Passwort für Ihr Konto bei {service} wurde {when} geändert."),
            "Wenn Sie das nicht waren, hat möglicherweise jemand anderes Zugriff auf Ihr Konto. Legen Sie in \
             diesem Fall über „Passwort vergessen“ sofort ein neues Passwort fest."
                .to_owned(),
        ),
        Event::AccountDeleted => (
            format!("Ihr Konto bei {service} wurde gelöscht"),
            format!("Ihr Konto bei {service} wurde {when} gelöscht."),
            format!("Wenn Sie das nicht waren, wenden Sie sich bitte sofort an den Betreiber von {service}."),
        ),
    };
    NoticeWording { subject, event, not_you }
}

fn when(at: Moment) -> String {
    let month = at.month([
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ]);
    let Moment { year, day, hour, minute, .. } = at;
    format!("am {day}. {month} {year} um {hour:02}:{minute:02} Uhr (UTC)")
}
