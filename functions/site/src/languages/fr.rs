//! The page in French.

use shared::{email_address::InvalidEmailAddress as Email, password::InvalidPassword as Password};

use super::{Forms, Messages, Missing, Problems, Texts};

// No-break spaces stand before a colon and a question mark.
pub(super) const TEXTS: Texts = Texts {
    tag: "fr",
    name: "Français",
    description: "Créez un compte ou connectez-vous.",
    languages: "Langue",

    email: "Adresse e-mail",
    password: "Mot de passe",
    new_password: "Nouveau mot de passe",
    current_password: "Mot de passe actuel",
    password_hint: "Au moins {n} caractères. Quelques mots font un bon mot de passe.",
    show_password: "Afficher le mot de passe",
    code: "Code",

    register: "Créez votre compte",
    register_intro: "Nous vous enverrons un code par e-mail pour confirmer votre adresse.",
    register_submit: "Créer un compte",
    agree: "En créant un compte, vous acceptez\u{a0}:",
    terms: "Conditions d’utilisation",
    privacy: "Politique de confidentialité",
    have_account: "Vous avez déjà un compte\u{a0}?",

    sign_in: "Se connecter",
    forgot_link: "Mot de passe oublié\u{a0}?",
    new_here: "Pas encore de compte\u{a0}?",

    enter_code: "Consultez vos e-mails",
    code_sent: ["Nous avons envoyé un code à ", ". Saisissez-le pour activer votre compte."],
    code_earlier: ["Nous venons d’envoyer un code à ", ". Saisissez-le pour activer votre compte."],
    code_waiting: ["Votre compte n’est pas encore actif. Envoyez un code à ", " pour l’activer."],
    code_failed: [
        "Votre compte est enregistré, mais le code n’a pas pu être envoyé à ",
        ". Demandez-en un nouveau.",
    ],
    code_hint: "Le dernier chiffre valide le code.",
    code_submit: "Activer le compte",
    send_again: "Envoyer un nouveau code",
    other_address: "Utiliser une autre adresse",

    account: "Tout est prêt",
    signed_in_as: ["Vous êtes connecté avec ", "."],
    continue_: "Continuer",
    sign_out: "Se déconnecter",

    forgot: "Mot\u{a0}de\u{a0}passe oublié\u{a0}?",
    forgot_intro: "Saisissez votre adresse\u{a0}: nous vous enverrons un code pour en choisir un nouveau.",
    forgot_submit: "Envoyer le code",
    back_to_sign_in: "Retour à la connexion",

    reset: "Choisissez un nouveau mot de passe",
    reset_sent: ["S’il existe un compte pour ", ", nous avons envoyé un code à cette adresse."],
    reset_waiting: ["Envoyez un code à ", " pour choisir un nouveau mot de passe."],
    reset_submit: "Enregistrer le mot de passe",

    change: "Changer de mot de passe",
    cancel: "Annuler",

    delete: "Supprimer le compte",
    delete_intro: "Votre compte et tout ce qui y est enregistré seront supprimés. Cette action est définitive.",
    delete_confirm: "Saisissez votre adresse e-mail pour confirmer",

    deleted: "Compte supprimé",
    deleted_text: "Votre compte et tout ce qui y était enregistré ont été supprimés.",
    disabled: "Compte désactivé",
    disabled_text: [
        "Le compte ",
        " ne peut pas être utilisé pour le moment. Contactez-nous si vous pensez qu’il s’agit d’une erreur.",
    ],

    not_found: "Page introuvable",
    not_found_text: "Il n’y a rien à cette adresse.",
    to_start: "Aller à la page d’accueil",
    no_script: "Cette page a besoin de JavaScript. Activez-le, puis rechargez la page.",
    not_loaded: "La page ne s’est pas chargée entièrement.",
    reload: "Recharger",

    messages: Messages {
        missing: Missing {
            email: "Saisissez votre adresse e-mail.",
            password: "Saisissez votre mot de passe.",
            current: "Saisissez votre mot de passe actuel.",
            code: "Saisissez le code reçu par e-mail.",
            confirm: "Saisissez votre adresse e-mail pour confirmer.",
        },
        digits: "Saisissez les {n} chiffres reçus par e-mail.",
        expires: "Expire dans {time}",
        expired: "Ce code a expiré. Envoyez-en un nouveau.",
        wait: "Encore {time}",
        mailed: "Nous avons envoyé un nouveau code à {email}.",
        wrong_code: "Ce n’est pas le bon code.",
        attempts: Forms { one: "Il vous reste {n} essai.", other: "Il vous reste {n} essais." },
        no_attempts: "Il ne vous reste aucun essai. Envoyez un nouveau code.",
        wrong_password: "L’adresse e-mail ou le mot de passe est incorrect.",
        registered: "Un compte existe déjà pour cette adresse.",
        undeliverable: "Nous ne pouvons pas envoyer d’e-mails à cette adresse. Utilisez-en une autre.",
        other_address: "Ce n’est pas l’adresse de votre compte.",
        activated: "Votre compte est actif.",
        changed: "Votre mot de passe a été modifié.",
        since: "Actif depuis le {date}",
        no_answer: "Nous n’avons pas reçu de réponse. Vérifiez votre connexion et réessayez. Votre saisie est conservée.",
        trouble: "Une erreur s’est produite de notre côté. Veuillez réessayer.",
        reference: "Référence\u{a0}: {id}",
        problems: Problems {
            too_many_codes: "Nous ne pouvons pas envoyer d’autre code à cette adresse pour le moment.",
            too_many_requests: "Trop de demandes proviennent de votre réseau. Veuillez réessayer plus tard.",
            too_many_attempts: "Trop de mots de passe incorrects ont été saisis. Veuillez réessayer plus tard.",
            mail_unavailable: "L’e-mail n’a pas pu être envoyé. Veuillez réessayer dans un instant.",
            unavailable: "Le service est surchargé. Veuillez réessayer dans un instant.",
            body_too_large: "Cette saisie est trop longue.",
        },
    },
    invalid_email: |why| match why {
        Email::NoAt => "Saisissez une adresse du type nom@example.com.",
        Email::NoLocalPart => "Il manque la partie avant le @.",
        Email::Dot => {
            "La partie avant le @ ne peut ni commencer ni finir par un point, ni en avoir deux de suite."
        }
        Email::LocalPart => {
            "La partie avant le @ ne peut contenir ni espaces, ni guillemets, ni deux-points."
        }
        Email::Ambiguous => "La partie avant le @ contient un caractère que nous n’acceptons pas.",
        Email::NonAsciiLocalPart => {
            "La partie avant le @ ne peut contenir que les lettres a–z, des chiffres et . _ - +"
        }
        Email::LocalPartTooLong => "La partie avant le @ est trop longue.",
        Email::Domain => "La partie après le @ n’est pas un domaine valide.",
        Email::DomainWithoutDot => "Il manque une terminaison, comme .com, après le @.",
        Email::TooLong => "Cette adresse est trop longue.",
    },
    invalid_password: |why| match why {
        Password::TooShort { .. } => "Utilisez au moins {n} caractères.",
        Password::TooLong => "Utilisez au plus {n} caractères.",
        Password::Nul => "Ce mot de passe contient un caractère inutilisable.",
        Password::Address => "N’utilisez pas votre adresse e-mail comme mot de passe.",
        Password::ServiceName => "N’utilisez pas le nom de ce service comme mot de passe.",
        Password::Common => "Ce mot de passe est trop facile à deviner.",
        Password::Breached => {
            "Ce mot de passe a été divulgué lors d’une fuite de données d’un autre site. Choisissez-en un autre."
        }
        Password::Unchanged => "C’est le mot de passe que vous avez déjà.",
    },
};
