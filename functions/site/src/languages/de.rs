//! The page in German.

use shared::{email_address::InvalidEmailAddress as Email, password::InvalidPassword as Password};

use super::{Forms, Messages, Missing, Problems, Texts};

pub(super) const TEXTS: Texts = Texts {
    tag: "de",
    name: "Deutsch",
    description: "Konto erstellen oder anmelden.",
    languages: "Sprache",

    email: "E-Mail-Adresse",
    password: "Passwort",
    new_password: "Neues Passwort",
    current_password: "Aktuelles Passwort",
    password_hint: "Mindestens {n} Zeichen. Gut sind mehrere Wörter.",
    show_password: "Passwort anzeigen",
    code: "Code",

    register: "Konto erstellen",
    register_intro: "Wir senden Ihnen per E-Mail einen Code, um Ihre Adresse zu bestätigen.",
    register_submit: "Konto erstellen",
    agree: "Mit dem Erstellen eines Kontos stimmen Sie zu:",
    terms: "Nutzungsbedingungen",
    privacy: "Datenschutzerklärung",
    have_account: "Haben Sie schon ein Konto?",

    sign_in: "Anmelden",
    forgot_link: "Passwort vergessen?",
    new_here: "Noch kein Konto?",

    enter_code: "Prüfen Sie Ihre E-Mails",
    code_sent: ["Wir haben einen Code an ", " gesendet. Mit ihm aktivieren Sie Ihr Konto."],
    code_earlier: ["Wir haben gerade eben einen Code an ", " gesendet. Mit ihm aktivieren Sie Ihr Konto."],
    code_waiting: [
        "Ihr Konto ist noch nicht aktiv. Lassen Sie einen Code an ",
        " senden, um es zu aktivieren.",
    ],
    code_failed: [
        "Ihr Konto ist gespeichert, aber der Code konnte nicht an ",
        " gesendet werden. Fordern Sie einen neuen an.",
    ],
    code_hint: "Mit der letzten Ziffer wird der Code abgeschickt.",
    code_submit: "Konto aktivieren",
    send_again: "Neuen Code senden",
    other_address: "Andere Adresse verwenden",

    account: "Alles bereit",
    signed_in_as: ["Sie sind als ", " angemeldet."],
    continue_: "Weiter",
    sign_out: "Abmelden",

    forgot: "Passwort vergessen?",
    forgot_intro: "Geben Sie Ihre Adresse ein. Wir senden Ihnen einen Code, mit dem Sie ein neues festlegen.",
    forgot_submit: "Code senden",
    back_to_sign_in: "Zurück zur Anmeldung",

    reset: "Neues Passwort festlegen",
    reset_sent: ["Wenn es ein Konto für ", " gibt, haben wir einen Code an diese Adresse gesendet."],
    reset_waiting: ["Lassen Sie einen Code an ", " senden, um ein neues Passwort festzulegen."],
    reset_submit: "Neues Passwort festlegen",

    change: "Passwort ändern",
    cancel: "Abbrechen",

    delete: "Konto löschen",
    delete_intro: "Ihr Konto und alles, was dazu gespeichert ist, wird gelöscht. Das lässt sich nicht rückgängig machen.",
    delete_confirm: "Zur Bestätigung Ihre E-Mail-Adresse",

    deleted: "Konto gelöscht",
    deleted_text: "Ihr Konto und alles, was dazu gespeichert war, ist gelöscht.",
    disabled: "Konto gesperrt",
    disabled_text: [
        "Das Konto für ",
        " kann derzeit nicht verwendet werden. Bitte wenden Sie sich an uns, wenn Sie das für einen Fehler halten.",
    ],

    not_found: "Seite nicht gefunden",
    not_found_text: "Unter dieser Adresse gibt es nichts.",
    to_start: "Zur Startseite",
    no_script: "Diese Seite braucht JavaScript. Bitte schalten Sie es ein und laden Sie die Seite neu.",
    not_loaded: "Die Seite wurde nicht vollständig geladen.",
    reload: "Neu laden",

    messages: Messages {
        missing: Missing {
            email: "Geben Sie Ihre E-Mail-Adresse ein.",
            password: "Geben Sie Ihr Passwort ein.",
            current: "Geben Sie Ihr aktuelles Passwort ein.",
            code: "Geben Sie den Code aus der E-Mail ein.",
            confirm: "Geben Sie zur Bestätigung Ihre E-Mail-Adresse ein.",
        },
        digits: "Geben Sie die {n} Ziffern aus der E-Mail ein.",
        expires: "Gültig noch {time}",
        expired: "Dieser Code ist abgelaufen. Lassen Sie einen neuen senden.",
        wait: "Noch {time}",
        mailed: "Wir haben einen neuen Code an {email} gesendet.",
        wrong_code: "Das ist nicht der Code.",
        attempts: Forms { one: "Sie haben noch {n} Versuch.", other: "Sie haben noch {n} Versuche." },
        no_attempts: "Sie haben keinen Versuch mehr. Lassen Sie einen neuen Code senden.",
        wrong_password: "E-Mail-Adresse oder Passwort ist falsch.",
        registered: "Für diese Adresse gibt es schon ein Konto.",
        undeliverable: "An diese Adresse können wir keine E-Mails zustellen. Bitte verwenden Sie eine andere.",
        other_address: "Das ist nicht die Adresse Ihres Kontos.",
        activated: "Ihr Konto ist aktiv.",
        changed: "Ihr Passwort wurde geändert.",
        since: "Aktiv seit {date}",
        no_answer: "Wir haben keine Antwort erhalten. Prüfen Sie Ihre Verbindung und versuchen Sie es noch einmal. Ihre \
                    Eingaben sind noch da.",
        trouble: "Bei uns ist etwas schiefgegangen. Bitte versuchen Sie es noch einmal.",
        reference: "Referenz: {id}",
        problems: Problems {
            too_many_codes: "Wir können gerade keinen weiteren Code an diese Adresse senden.",
            too_many_requests: "Es gab zu viele Anfragen aus Ihrem Netz. Bitte versuchen Sie es später noch einmal.",
            too_many_attempts: "Es gab zu viele falsche Passwörter. Bitte versuchen Sie es später noch einmal.",
            mail_unavailable: "Die E-Mail konnte nicht gesendet werden. Bitte versuchen Sie es gleich noch einmal.",
            unavailable: "Der Dienst ist ausgelastet. Bitte versuchen Sie es gleich noch einmal.",
            body_too_large: "Das ist zu lang.",
        },
    },
    invalid_email: |why| match why {
        Email::NoAt => "Geben Sie eine Adresse wie name@example.com ein.",
        Email::NoLocalPart => "Der Teil vor dem @ fehlt.",
        Email::Dot => {
            "Der Teil vor dem @ darf nicht mit einem Punkt beginnen oder enden und keine zwei hintereinander haben."
        }
        Email::LocalPart => {
            "Der Teil vor dem @ darf keine Leerzeichen, Anführungszeichen oder Doppelpunkte haben."
        }
        Email::Ambiguous => "Der Teil vor dem @ hat ein Zeichen, das wir nicht annehmen.",
        Email::NonAsciiLocalPart => {
            "Der Teil vor dem @ darf nur die Buchstaben a–z, Ziffern und . _ - + haben."
        }
        Email::LocalPartTooLong => "Der Teil vor dem @ ist zu lang.",
        Email::Domain => "Der Teil nach dem @ ist keine gültige Domain.",
        Email::DomainWithoutDot => "Dem Teil nach dem @ fehlt eine Endung wie .com.",
        Email::TooLong => "Diese Adresse ist zu lang.",
    },
    invalid_password: |why| match why {
        Password::TooShort { .. } => "Verwenden Sie mindestens {n} Zeichen.",
        Password::TooLong => "Verwenden Sie höchstens {n} Zeichen.",
        Password::Nul => "Dieses Passwort hat ein Zeichen, das nicht verwendet werden kann.",
        Password::Address => "Verwenden Sie nicht Ihre E-Mail-Adresse als Passwort.",
        Password::ServiceName => "Verwenden Sie nicht den Namen dieses Dienstes als Passwort.",
        Password::Common => "Dieses Passwort ist zu leicht zu erraten.",
        Password::Breached => {
            "Dieses Passwort ist durch ein Datenleck einer anderen Website bekannt. Wählen Sie ein anderes."
        }
        Password::Unchanged => "Das ist das Passwort, das Sie schon haben.",
    },
};
