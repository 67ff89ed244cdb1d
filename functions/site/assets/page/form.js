// A form whose fields and texts belong together: an error is shown at its field, and announced there.

import { call } from "./api.js";
import { held, hold, now } from "./clock.js";
import { explain } from "./refusals.js";
import { say, texts } from "./texts.js";

export class Form {
  /** The form in `screen`, which does `work` when it is submitted with no field empty. */
  constructor(screen, work) {
    this.form = screen.querySelector("form");
    this.button = this.form.querySelector("[type=submit]");
    this.text = this.form.querySelector(".message");
    for (const button of this.form.querySelectorAll(".show")) button.addEventListener("click", () => reveal(button));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!held(this.button)) this.during(this.button, () => this.isComplete() && work());
    });
  }

  field(name) {
    return this.form.elements[name];
  }

  value(name) {
    return this.field(name).value;
  }

  /** An address, without what comes with it from a link or a mail program. */
  email(name = "email") {
    return this.value(name).trim().replace(/^mailto:/i, "").replace(/^[^<]*<([^>]*)>$/, "$1");
  }

  /** Calls the API. A late answer does not bring back a screen that was left. */
  async ask(method, path, request) {
    const answer = await call(method, path, request);
    return this.form.isConnected ? answer : new Promise(() => {});
  }

  /** Runs `work`, marking `button` as busy, unless the form is busy already. */
  async during(button, work) {
    if (this.form.ariaBusy === "true") return;
    this.form.ariaBusy = button.ariaBusy = "true";
    this.clear();
    try {
      await work();
    } catch (error) {
      this.tell({ message: texts.trouble });
      throw error;
    } finally {
      this.form.ariaBusy = button.ariaBusy = null;
    }
  }

  /** Says why something failed. If waiting helps, `button` waits. */
  refuse(answer, button = this.button) {
    const wait = answer.body.retry_after;
    if (wait) hold(button, now() + wait * 1000);
    this.tell(explain(answer));
  }

  /**
   * Shows texts where they belong, and moves to the first field that has one. A field that has the focus already is not
   * read out again, so its text is said.
   */
  tell({ message = "", fields = {} }) {
    const known = Object.entries(fields).map(([name, text]) => [this.field(name) ?? this.field("password"), text]);
    const shown = known.filter(([field]) => field && !field.closest("[hidden]"));
    this.text.textContent = message || (shown.length ? "" : Object.values(fields).join(" "));
    for (const [field, text] of shown) tellAt(field, text);
    const [first, text] = shown[0] ?? [];
    if (!first) return;
    if (first === document.activeElement) say(text);
    first.focus();
    if (first.name === "code") first.select();
  }

  clear() {
    say("");
    this.text.textContent = "";
    for (const field of this.form.querySelectorAll("[aria-invalid]")) tellAt(field, "");
    for (const button of this.form.querySelectorAll(".show[aria-pressed=true]")) reveal(button);
  }

  /** Whether no field is empty, except the one of this name; says so if one is. */
  isComplete(except) {
    const isEmpty = ({ type, value }) => (type === "password" ? value : value.trim()) === "";
    const asked = [...this.form.elements].filter((field) => field.required && !field.closest("[hidden]"));
    const empty = asked.filter((field) => field.name !== except && isEmpty(field));
    this.tell({ fields: Object.fromEntries(empty.map(({ name }) => [name, texts.missing[name]])) });
    return empty.length === 0;
  }
}

function tellAt(field, text) {
  const error = document.getElementById(`${field.id}-error`);
  error.textContent = text;
  field.setAttribute("aria-describedby", text ? error.id : (field.dataset.hint ?? ""));
  field.ariaInvalid = text ? "true" : null;
}

/** Shows what is in a password field, or hides it again. */
function reveal(button) {
  const field = document.getElementById(button.getAttribute("aria-controls"));
  const isHidden = field.type === "password";
  field.type = isHidden ? "text" : "password";
  button.ariaPressed = isHidden;
}
