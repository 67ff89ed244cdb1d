// The part of a screen in which a code is entered: its field, its remaining time, and the button that asks for another.

import { countdown, held, hold } from "./clock.js";
import { codeIs, codeIsThere, codeMade, codeOf, person } from "./person.js";
import { isEarly, slug } from "./refusals.js";
import { fill, say, settings, texts, time } from "./texts.js";

export class CodeEntry {
  /** At the screen of this name: `ask` asks for another code, and `take` takes an answer that brings none. */
  constructor(screen, name, form, { ask, take }) {
    Object.assign(this, { screen, name, form, ask, take });
    this.field = form.field("code");
    this.life = screen.querySelector(".life");
    this.again = screen.querySelector(".again");
    this.again.addEventListener("click", () => held(this.again) || form.during(this.again, () => this.askAgain()));
    this.field.addEventListener("input", () => this.takeDigits());
    this.draw();
  }

  /** Shows what is known about the code. */
  draw() {
    const { status, length, expiresAt, nextAt } = codeOf(this.name);
    for (const each of this.screen.querySelectorAll("[data-status]")) each.hidden = each.dataset.status !== status;
    for (const each of this.screen.querySelectorAll("[data-unless-signed-in]")) each.hidden = person.password !== "";
    for (const hint of this.screen.querySelectorAll("#code-hint")) hint.hidden = !this.sendsItself(length);
    hold(this.again, nextAt, (label, left) => `${label}\u00a0·\u00a0${left}`);
    this.stop?.();
    this.stop = countdown(this.screen, expiresAt, (seconds) => {
      const isOver = expiresAt > 0 && seconds === 0;
      this.life.classList.toggle("over", isOver);
      this.life.textContent = isOver ? texts.expired : seconds > 0 ? fill(texts.expires, { time: time(seconds) }) : "";
      if (isOver) say(texts.expired);
      // The button that helps is the highlighted one.
      const isAlive = seconds > 0 || status === "earlier";
      this.form.button.classList.toggle("main", isAlive);
      this.again.classList.toggle("main", !isAlive);
    });
  }

  /** Whether the last digit submits the code: if the screen has no other field. */
  sendsItself(length = this.field.value.length) {
    return length > 0 && length === codeOf(this.name).length && person.password !== "";
  }

  /** Whether all digits are there; says so if not. */
  isComplete() {
    const { length } = codeOf(this.name);
    const { value } = this.field;
    const isComplete = /^\d+$/.test(value) && (length === 0 || value.length === length);
    if (!isComplete) this.form.tell({ fields: { code: length ? fill(texts.digits, { n: length }) : texts.missing.code } });
    return isComplete;
  }

  /** Says why a code was not accepted, or none was sent. */
  refuse(answer, button) {
    if (slug(answer) === "unauthorized") person.password = "";
    if (slug(answer) === "code-expired" || answer.body.attempts_left === 0) codeIs(this.name, "waiting");
    if (isEarly(answer, settings.code_pause)) codeIsThere(this.name);
    this.draw();
    this.form.refuse(answer, button);
  }

  async askAgain() {
    const answer = await this.ask();
    if (!answer) return;
    if (!answer.ok) return this.take(answer, this.again);
    codeMade(this.name, answer);
    this.draw();
    this.field.value = "";
    this.field.focus();
    if (answer.body.code.sent) say(fill(texts.mailed, { email: person.email }));
  }

  /** Removes whatever was pasted around the digits, and converts full-width digits. */
  takeDigits() {
    const { length } = codeOf(this.name);
    const digits = this.field.value.normalize("NFKC").replace(/\D/g, "").slice(0, length || settings.longest_code);
    if (digits && digits !== this.field.value) this.field.value = digits;
  }
}
