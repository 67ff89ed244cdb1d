//! The page in English.

use shared::{email_address::InvalidEmailAddress as Email, password::InvalidPassword as Password};

use super::{Forms, Messages, Missing, Problems, Texts};

pub(super) const TEXTS: Texts = Texts {
    tag: "en",
    name: "English",
    description: "Create an account or sign in.",
    languages: "Language",

    email: "E-mail address",
    password: "Password",
    new_password: "New password",
    current_password: "Current password",
    password_hint: "At least {n} characters. A few words make a good one.",
    show_password: "Show password",
    code: "Code",

    register: "Create your account",
    register_intro: "We’ll e-mail you a code to confirm your address.",
    register_submit: "Create account",
    agree: "By creating an account you agree to:",
    terms: "Terms of service",
    privacy: "Privacy policy",
    have_account: "Already have an account?",

    sign_in: "Sign in",
    forgot_link: "Forgot your password?",
    new_here: "New here?",

    enter_code: "Check your e-mail",
    code_sent: ["We sent a code to ", ". Enter it to activate your account."],
    code_earlier: ["We sent a code to ", " a moment ago. Enter it to activate your account."],
    code_waiting: ["Your account is not active yet. Send a code to ", " to activate it."],
    code_failed: ["Your account is saved, but we couldn’t send the code to ", ". Ask for a new one."],
    code_hint: "The last digit submits the code.",
    code_submit: "Activate account",
    send_again: "Send a new code",
    other_address: "Use another address",

    account: "You’re all set",
    signed_in_as: ["You’re signed in as ", "."],
    continue_: "Continue",
    sign_out: "Sign out",

    forgot: "Forgot your password?",
    forgot_intro: "Enter your address and we’ll e-mail you a code to choose a new one.",
    forgot_submit: "Send code",
    back_to_sign_in: "Back to sign in",

    reset: "Choose a new password",
    reset_sent: ["If there is an account for ", ", we sent a code to that address."],
    reset_waiting: ["Send a code to ", " to choose a new password."],
    reset_submit: "Set new password",

    change: "Change password",
    cancel: "Cancel",

    delete: "Delete account",
    delete_intro: "This deletes your account and everything stored with it. You can’t undo this.",
    delete_confirm: "Type your e-mail address to confirm",

    deleted: "Account deleted",
    deleted_text: "Your account and everything stored with it are gone.",
    disabled: "Account disabled",
    disabled_text: [
        "The account for ",
        " can’t be used at the moment. Please contact us if you think this is a mistake.",
    ],

    not_found: "Page not found",
    not_found_text: "There is nothing at this address.",
    to_start: "Go to the start page",
    no_script: "This page needs JavaScript. Please turn it on and reload the page.",
    not_loaded: "The page didn’t load completely.",
    reload: "Reload",

    messages: Messages {
        missing: Missing {
            email: "Enter your e-mail address.",
            password: "Enter your password.",
            current: "Enter your current password.",
            code: "Enter the code from the e-mail.",
            confirm: "Enter your e-mail address to confirm.",
        },
        digits: "Enter the {n} digits from the e-mail.",
        expires: "Expires in {time}",
        expired: "This code has expired. Send a new one.",
        wait: "Wait {time}",
        mailed: "We sent a new code to {email}.",
        wrong_code: "That’s not the code.",
        attempts: Forms { one: "You have {n} attempt left.", other: "You have {n} attempts left." },
        no_attempts: "You have no attempts left. Send a new code.",
        wrong_password: "The e-mail address or password is wrong.",
        registered: "This address already has an account.",
        undeliverable: "We can’t deliver e-mail to this address. Please use another one.",
        other_address: "This is not the address of your account.",
        activated: "Your account is active.",
        changed: "Your password has been changed.",
        since: "Active since {date}",
        no_answer: "We got no answer. Check your connection and try again. What you entered is still here.",
        trouble: "Something went wrong on our side. Please try again.",
        reference: "Reference: {id}",
        problems: Problems {
            too_many_codes: "We can’t send another code to this address right now.",
            too_many_requests: "There were too many requests from your network. Please try again later.",
            too_many_attempts: "There were too many wrong passwords. Please try again later.",
            mail_unavailable: "The e-mail could not be sent. Please try again in a moment.",
            unavailable: "The service is busy. Please try again in a moment.",
            body_too_large: "This is too long.",
        },
    },
    invalid_email: |why| match why {
        Email::NoAt => "Enter an address like name@example.com.",
        Email::NoLocalPart => "The part before the @ is missing.",
        Email::Dot => "The part before the @ can’t begin or end with a dot, or have two in a row.",
        Email::LocalPart => "The part before the @ can’t have spaces, quotes or colons.",
        Email::Ambiguous => "The part before the @ has a character that we don’t accept.",
        Email::NonAsciiLocalPart => "The part before the @ can only have the letters a–z, digits and . _ - +",
        Email::LocalPartTooLong => "The part before the @ is too long.",
        Email::Domain => "The part after the @ is not a valid domain.",
        Email::DomainWithoutDot => "The part after the @ needs an ending, such as .com.",
        Email::TooLong => "This address is too long.",
    },
    invalid_password: |why| match why {
        Password::TooShort { .. } => "Use at least {n} characters.",
        Password::TooLong => "Use at most {n} characters.",
        Password::Nul => "This password has a character that can’t be used.",
        Password::Address => "Don’t use your e-mail address as your password.",
        Password::ServiceName => "Don’t use the name of this service as your password.",
        Password::Common => "This password is too easy to guess.",
        Password::Breached => {
            "This password was leaked in a data breach of another site. Choose another one."
        }
        Password::Unchanged => "This is the password you already have.",
    },
};
