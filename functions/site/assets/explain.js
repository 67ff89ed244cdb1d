// Problems in plain words: what to tell a person of an answer that is no success, and at which field.

import { brief } from "./countdown.js";

/** The last part of the problem's type; "no-answer" when there was none. */
export function slug({ status, body }) {
  return status === 0 ? "no-answer" : (body.type ?? "").split("/").pop();
}

/** The texts for an answer: {fields: {name: text}} or {message: text}. `label` gives a field's label. */
export function explain(answer, label) {
  const { title, detail, errors, attempts_left: left, retry_after: wait, request_id: id } = answer.body;
  switch (slug(answer)) {
    case "no-answer":
      return { message: "The service does not answer. What you entered is still here: try again in a moment." };
    case "invalid-input":
      return { fields: Object.fromEntries(errors.map((error) => invalid(error, label))) };
    case "unauthorized":
      return { fields: { password: "The address or the password is not right." } };
    case "already-registered":
      return { fields: { email: "This address has an active account. Sign in with it, or use another." } };
    case "code-incorrect":
      return { fields: { code: `This is not the code.${left === undefined ? "" : ` ${attempts(left)}`}` } };
    case "code-expired":
      return { fields: { code: "This code is no longer good. Send a new one." } };
    case "too-many-codes":
      return { message: `No code can go to this address now. The next can in ${brief(wait)}.` };
    default: {
      const advice = wait ? `Try again in ${brief(wait)}.` : detail;
      return { message: [`${title ?? `Status ${answer.status}`}.`, advice, id].filter(Boolean).join(" ") };
    }
  }
}

function invalid({ pointer, detail }, label) {
  const name = pointer.slice("#/".length);
  return [name, `${label(name)} ${detail}.`];
}

function attempts(left) {
  return left === 1 ? "1 attempt is left." : left === 0 ? "No attempt is left: send a new code." : `${left} attempts are left.`;
}
