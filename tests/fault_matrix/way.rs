//! The requests, and the calls of AWS on their way.

use super::failure::{CONFLICT, SEND_EMAIL};
use crate::proxy::Fault;

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Request {
    Register,
    SendCode,
    Activate,
    Me,
    MeWithWrongPassword,
}

/// What there is before.
#[derive(Clone, Copy, Debug)]
pub(super) enum Given {
    Nobody,
    Pending,
    Active,
}

/// What the tables hold that they did not hold before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Held {
    Nothing,
    /// A registration of a client, or a wrong password.
    Counted,
    /// A registration or its fresh code; it counts.
    Stored,
    /// The same, but the code was taken back and does not count.
    Withdrawn,
    /// An attempt was reserved from the code.
    Tried,
    Activated,
}

/// A request, and the calls on its way.
pub(super) struct Way {
    pub(super) name: &'static str,
    pub(super) given: Given,
    pub(super) request: Request,
    /// What fails once, to get to the calls that are tried.
    pub(super) detour: Option<(&'static str, Fault)>,
    /// Each call, and what the tables hold once it took effect.
    pub(super) calls: &'static [(&'static str, Held)],
    /// The calls that are tried; the others are so on another way.
    pub(super) tried: &'static [usize],
    /// What the client is told when nothing else fails, and what the tables then hold.
    pub(super) end: (&'static str, Held),
}

const REFUSED_MAIL: Option<(&str, Fault)> =
    Some((SEND_EMAIL, Fault::Answer(400, r#"{"__type":"MessageRejected"}"#)));
const REGISTER: &[(&str, Held)] = &[
    ("UpdateItem", Held::Counted),
    ("GetItem", Held::Counted),
    ("TransactWriteItems", Held::Stored),
    (SEND_EMAIL, Held::Stored),
    ("TransactWriteItems", Held::Withdrawn),
];
const SEND_CODE: &[(&str, Held)] = &[
    ("BatchGetItem", Held::Nothing),
    ("TransactWriteItems", Held::Stored),
    (SEND_EMAIL, Held::Stored),
    ("TransactWriteItems", Held::Withdrawn),
];
const NEW: Way = Way {
    name: "register",
    given: Given::Nobody,
    request: Request::Register,
    detour: None,
    calls: REGISTER,
    tried: &[0, 1, 2, 3],
    end: ("201", Held::Stored),
};
const AGAIN: Way = Way { name: "register again", given: Given::Pending, ..NEW };
const SENT: Way = Way {
    name: "send-code",
    given: Given::Pending,
    request: Request::SendCode,
    detour: None,
    calls: SEND_CODE,
    tried: &[0, 1, 2],
    end: ("202", Held::Stored),
};
const ACTIVATED: Way = Way {
    name: "activate",
    given: Given::Pending,
    request: Request::Activate,
    detour: None,
    calls: &[
        ("BatchGetItem", Held::Nothing),
        ("UpdateItem", Held::Tried),
        ("TransactWriteItems", Held::Activated),
    ],
    tried: &[0, 1, 2],
    end: ("200", Held::Activated),
};
const READ: Way = Way {
    name: "me",
    given: Given::Active,
    request: Request::Me,
    detour: None,
    calls: &[("BatchGetItem", Held::Nothing)],
    tried: &[0],
    end: ("200", Held::Nothing),
};
pub(super) static WAYS: [Way; 10] = [
    NEW,
    Way {
        name: "register, mail refused",
        detour: REFUSED_MAIL,
        tried: &[4],
        end: ("201 unsent", Held::Withdrawn),
        ..NEW
    },
    AGAIN,
    Way {
        name: "register again, mail refused",
        detour: REFUSED_MAIL,
        tried: &[4],
        end: ("201 unsent", Held::Withdrawn),
        ..AGAIN
    },
    SENT,
    Way {
        name: "send-code, mail refused",
        detour: REFUSED_MAIL,
        tried: &[3],
        end: ("503 mail", Held::Withdrawn),
        ..SENT
    },
    Way {
        name: "send-code, race lost",
        detour: Some(("TransactWriteItems", CONFLICT)),
        calls: &[
            ("BatchGetItem", Held::Nothing),
            ("TransactWriteItems", Held::Nothing),
            ("GetItem", Held::Nothing),
        ],
        tried: &[2],
        ..SENT
    },
    ACTIVATED,
    READ,
    Way {
        name: "me, wrong password",
        request: Request::MeWithWrongPassword,
        calls: &[
            ("BatchGetItem", Held::Nothing),
            ("UpdateItem", Held::Counted),
            ("UpdateItem", Held::Counted),
        ],
        tried: &[1, 2],
        end: ("401", Held::Counted),
        ..READ
    },
];

impl Way {
    /// A call's name in the matrix.
    pub(super) fn row(&self, call: usize) -> String {
        let (operation, _) = self.calls[call];
        let operation = if operation == SEND_EMAIL { "SendEmail" } else { operation };
        format!("{}: {}. {operation}", self.name, call + 1)
    }
}
