// What the page knows about the person using it.
//
// Across a reload the tab keeps the address and what is known about its codes: their length, and two instants. The
// password is only in memory and is asked for again. The page also works if the browser stores nothing.

import { now, onThisClock } from "./clock.js";
import { settings } from "./texts.js";

const NOBODY = { email: "", password: "", account: null, notice: "", ended: "" };

export const person = { ...NOBODY, codes: {}, ...recall() };

/** Sets the person. The codes of another address are dropped. */
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

/** Replaces what is known about a code. */
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
