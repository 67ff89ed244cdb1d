// What the page knows of the person before it.
//
// Over a reload the tab keeps the address and what is known of its codes: how long they are, and two instants. The
// password is in memory only and is asked for again. A browser that keeps nothing is no hindrance.

import { now, onThisClock } from "./clock.js";
import { settings } from "./texts.js";

const NOBODY = { email: "", password: "", account: null, notice: "", ended: "" };

export const person = { ...NOBODY, codes: {}, ...recall() };

/** From now on the person is this one. The codes of another address are none of theirs. */
export function know(who) {
  const codes = who.email === person.email ? person.codes : {};
  Object.assign(person, NOBODY, { codes }, who);
  keep();
}

export function forget() {
  know({ email: "" });
}

/** A code was made, or should have been. `screen` is where it is entered. */
export function codeMade(screen, { body: { code }, seen }) {
  const { sent, length = 0, expires_at: end } = code;
  const expiresAt = sent ? onThisClock(end, seen) : 0;
  person.codes[screen] = { status: sent ? "sent" : "failed", length, expiresAt, nextAt: now() + settings.code_pause * 1000 };
  keep();
}

/** What is known of a code is this, and no more. */
export function codeIs(screen, status) {
  person.codes[screen] = { status, length: 0, expiresAt: 0, nextAt: 0 };
  keep();
}

/** A code was sent, here or elsewhere. */
export function codeIsThere(screen) {
  if (codeOf(screen).status !== "sent") codeIs(screen, "earlier");
}

/** The code that is entered at `screen`. */
export function codeOf(screen) {
  return person.codes[screen] ?? { status: "waiting", length: 0, expiresAt: 0, nextAt: 0 };
}

function keep() {
  const { email, codes } = person;
  try {
    sessionStorage.setItem("person", JSON.stringify({ email, codes }));
  } catch {}
}

function recall() {
  try {
    const { email, codes } = JSON.parse(sessionStorage.getItem("person"));
    return { email: `${email ?? ""}`, codes: Object(codes) };
  } catch {
    return {};
  }
}
