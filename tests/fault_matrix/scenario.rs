//! The requests, and the AWS calls that they make.

use crate::support::{
    Fault,
    faults::{CANCELLED_BY_CONFLICT, MAIL_REFUSED, SEND_EMAIL},
};

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Request {
    Register,
    SendCode,
    Activate,
    Me,
    MeWithWrongPassword,
    ChangePassword,
    ForgotPassword,
    ResetPassword,
    DeleteAccount,
    Authorize,
}

impl Request {
    /// Whether a success means that something is stored: `forgot-password` gives the same answer in any case.
    pub(super) fn reports_its_effect(self) -> bool {
        !matches!(self, Self::Me | Self::MeWithWrongPassword | Self::Authorize | Self::ForgotPassword)
    }
}

/// The account before the request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Initial {
    Nobody,
    Pending,
    Active,
    /// The same, and the client has used up half of its wrong passwords of a quarter of an hour.
    NearALimit,
    /// Active, with a hash of another cost.
    OtherCost,
    /// Active, and a reset code was mailed.
    Forgotten,
}

/// What the tables hold after the request that they did not hold before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Effect {
    Nothing,
    /// A request of a client, or a wrong password.
    Counted,
    /// A registration, its new code, or a reset code; it counts.
    Stored,
    /// The same, but the code was withdrawn and does not count.
    Withdrawn,
    /// An attempt at the code was reserved.
    Attempted,
    Activated,
    /// Another hash of the same password.
    Renewed,
    /// Another password. The reset code is gone, and the notice counts.
    Changed,
    /// The account and its codes are gone, and the notice counts if it was active.
    Deleted,
}

/// A request on an account in some state, and the calls that it makes.
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) initial: Initial,
    pub(super) request: Request,
    /// What fails once beforehand, so that the faulted calls are made.
    pub(super) first_failure: Option<(&'static str, Fault)>,
    /// Each call, and what the tables hold once it took effect.
    pub(super) calls: &'static [(&'static str, Effect)],
    /// The calls that are faulted; the others are in another scenario.
    pub(super) faulted: &'static [usize],
    /// How many calls at the end don't affect the answer: those that take something back, and notices.
    pub(super) unreported: usize,
    /// The number of mails if nothing else fails.
    pub(super) mails: usize,
    /// What the client is told if nothing else fails, and what the tables then hold.
    pub(super) end: (&'static str, Effect),
}

const REFUSED_MAIL: Option<(&str, Fault)> = Some((SEND_EMAIL, MAIL_REFUSED));
const REGISTER: &[(&str, Effect)] = &[
    ("UpdateItem", Effect::Counted),
    ("BatchGetItem", Effect::Counted),
    ("TransactWriteItems", Effect::Stored),
    (SEND_EMAIL, Effect::Stored),
    ("TransactWriteItems", Effect::Withdrawn),
];
const SEND_CODE: &[(&str, Effect)] = &[
    ("BatchGetItem", Effect::Nothing),
    ("UpdateItem", Effect::Counted),
    ("TransactWriteItems", Effect::Stored),
    (SEND_EMAIL, Effect::Stored),
    ("TransactWriteItems", Effect::Withdrawn),
];
const FORGOT_PASSWORD: &[(&str, Effect)] = REGISTER;
const NEW: Scenario = Scenario {
    name: "register",
    initial: Initial::Nobody,
    request: Request::Register,
    first_failure: None,
    calls: REGISTER,
    faulted: &[0, 1, 2, 3],
    unreported: 1,
    mails: 1,
    end: ("201", Effect::Stored),
};
const AGAIN: Scenario = Scenario { name: "register again", initial: Initial::Pending, ..NEW };
const SENT: Scenario = Scenario {
    name: "send-code",
    initial: Initial::Pending,
    request: Request::SendCode,
    first_failure: None,
    calls: SEND_CODE,
    faulted: &[0, 1, 2, 3],
    unreported: 1,
    mails: 1,
    end: ("202", Effect::Stored),
};
const ACTIVATED: Scenario = Scenario {
    name: "activate",
    initial: Initial::Pending,
    request: Request::Activate,
    first_failure: None,
    calls: &[
        ("BatchGetItem", Effect::Nothing),
        ("UpdateItem", Effect::Attempted),
        ("TransactWriteItems", Effect::Activated),
    ],
    faulted: &[0, 1, 2],
    unreported: 0,
    mails: 0,
    end: ("200", Effect::Activated),
};
const READ: Scenario = Scenario {
    name: "me",
    initial: Initial::Active,
    request: Request::Me,
    first_failure: None,
    calls: &[("BatchGetItem", Effect::Nothing)],
    faulted: &[0],
    unreported: 0,
    mails: 0,
    end: ("200", Effect::Nothing),
};
const CHANGED: Scenario = Scenario {
    name: "change-password",
    initial: Initial::Forgotten,
    request: Request::ChangePassword,
    first_failure: None,
    calls: &[
        ("BatchGetItem", Effect::Nothing),
        ("TransactWriteItems", Effect::Changed),
        (SEND_EMAIL, Effect::Changed),
    ],
    faulted: &[0, 1, 2],
    unreported: 1,
    mails: 1,
    end: ("200", Effect::Changed),
};
const FORGOTTEN: Scenario = Scenario {
    name: "forgot-password",
    initial: Initial::Active,
    request: Request::ForgotPassword,
    calls: FORGOT_PASSWORD,
    end: ("202", Effect::Stored),
    ..NEW
};
const DELETED: Scenario = Scenario {
    name: "delete an account",
    request: Request::DeleteAccount,
    calls: &[
        ("BatchGetItem", Effect::Nothing),
        ("TransactWriteItems", Effect::Deleted),
        (SEND_EMAIL, Effect::Deleted),
    ],
    end: ("204", Effect::Deleted),
    ..CHANGED
};
pub(super) static SCENARIOS: [Scenario; 20] = [
    NEW,
    Scenario {
        name: "register, mail refused",
        first_failure: REFUSED_MAIL,
        faulted: &[4],
        mails: 0,
        end: ("201 unsent", Effect::Withdrawn),
        ..NEW
    },
    AGAIN,
    Scenario {
        name: "register again, mail refused",
        first_failure: REFUSED_MAIL,
        faulted: &[4],
        mails: 0,
        end: ("201 unsent", Effect::Withdrawn),
        ..AGAIN
    },
    SENT,
    Scenario {
        name: "send-code, mail refused",
        first_failure: REFUSED_MAIL,
        faulted: &[4],
        mails: 0,
        end: ("503 mail", Effect::Withdrawn),
        ..SENT
    },
    Scenario {
        name: "send-code, race lost",
        first_failure: Some(("TransactWriteItems", CANCELLED_BY_CONFLICT)),
        calls: &[
            ("BatchGetItem", Effect::Nothing),
            ("UpdateItem", Effect::Counted),
            ("TransactWriteItems", Effect::Counted),
            ("BatchGetItem", Effect::Counted),
        ],
        faulted: &[3],
        unreported: 0,
        ..SENT
    },
    ACTIVATED,
    READ,
    Scenario {
        name: "me, wrong password",
        request: Request::MeWithWrongPassword,
        calls: &[
            ("BatchGetItem", Effect::Nothing),
            ("UpdateItem", Effect::Counted),
            ("UpdateItem", Effect::Counted),
        ],
        faulted: &[1, 2],
        end: ("401", Effect::Counted),
        ..READ
    },
    Scenario {
        name: "me, near a limit",
        initial: Initial::NearALimit,
        calls: &[
            ("BatchGetItem", Effect::Nothing),
            ("UpdateItem", Effect::Counted),
            ("UpdateItem", Effect::Counted),
            ("UpdateItem", Effect::Counted),
            ("UpdateItem", Effect::Counted),
        ],
        faulted: &[1, 2, 3, 4],
        unreported: 2,
        ..READ
    },
    Scenario {
        name: "me, hash of another cost",
        initial: Initial::OtherCost,
        calls: &[("BatchGetItem", Effect::Nothing), ("UpdateItem", Effect::Renewed)],
        faulted: &[1],
        unreported: 1,
        end: ("200", Effect::Renewed),
        ..READ
    },
    Scenario { name: "authorize", request: Request::Authorize, ..READ },
    CHANGED,
    FORGOTTEN,
    Scenario {
        name: "forgot-password, mail refused",
        first_failure: REFUSED_MAIL,
        faulted: &[4],
        mails: 0,
        end: ("202", Effect::Withdrawn),
        ..FORGOTTEN
    },
    Scenario {
        name: "forgot-password, of nobody",
        initial: Initial::Nobody,
        calls: &[
            ("UpdateItem", Effect::Counted),
            ("BatchGetItem", Effect::Counted),
            ("TransactWriteItems", Effect::Stored),
        ],
        faulted: &[2],
        unreported: 0,
        mails: 0,
        ..FORGOTTEN
    },
    Scenario {
        name: "reset-password",
        request: Request::ResetPassword,
        calls: &[
            ("BatchGetItem", Effect::Nothing),
            ("UpdateItem", Effect::Attempted),
            ("TransactWriteItems", Effect::Changed),
            (SEND_EMAIL, Effect::Changed),
        ],
        faulted: &[0, 1, 2, 3],
        ..CHANGED
    },
    DELETED,
    Scenario {
        name: "delete a registration",
        initial: Initial::Pending,
        calls: &[("BatchGetItem", Effect::Nothing), ("TransactWriteItems", Effect::Deleted)],
        faulted: &[1],
        unreported: 0,
        mails: 0,
        ..DELETED
    },
];

impl Scenario {
    /// A call's name in the matrix.
    pub(super) fn row(&self, call: usize) -> String {
        let (operation, _) = self.calls[call];
        let operation = if operation == SEND_EMAIL { "SendEmail" } else { operation };
        format!("{}: {}. {operation}", self.name, call + 1)
    }
}
