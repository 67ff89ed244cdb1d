// A form whose fields and texts belong together: what is wrong stands at its field, and is heard there too.

import { held } from "./countdown.js";

export class Form {
  constructor(form, onSubmit) {
    this.form = form;
    this.button = form.querySelector("button.main");
    this.text = form.querySelector(".message");
    this.text.setAttribute("role", "alert");
    for (const button of form.querySelectorAll("button.show")) button.addEventListener("click", () => toggle(button));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!held(this.button)) this.during(onSubmit);
    });
  }

  value(name) {
    return this.form.elements[name].value;
  }

  fill(name, value) {
    this.form.elements[name].value = value;
  }

  focus(name) {
    this.form.elements[name].focus();
  }

  label(name) {
    return this.form.elements[name].labels[0].textContent;
  }

  /** Empties the fields and takes the texts away. */
  reset() {
    this.form.reset();
    this.clear();
  }

  /** Runs `work`, unless the form is at work already. */
  async during(work) {
    if (this.form.ariaBusy === "true") return;
    this.form.ariaBusy = "true";
    this.clear();
    try {
      await work();
    } finally {
      this.form.ariaBusy = null;
    }
  }

  /** Puts texts where they belong, and goes to the first field that has one. */
  tell({ message = "", fields = {} }) {
    this.text.textContent = message;
    for (const [name, text] of Object.entries(fields)) this.tellAt(this.form.elements[name], text);
    const [first] = Object.keys(fields);
    if (first) this.focus(first);
  }

  clear() {
    this.text.textContent = "";
    for (const field of this.form.querySelectorAll("[aria-invalid]")) this.tellAt(field, "");
  }

  tellAt(field, text) {
    const error = document.getElementById(`${field.id}-error`);
    const others = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== error.id);
    error.textContent = text;
    field.setAttribute("aria-describedby", (text ? [error.id, ...others] : others).join(" "));
    field.ariaInvalid = text ? "true" : null;
  }
}

/** Shows or hides what is in a password field. */
function toggle(button) {
  const field = document.getElementById(button.getAttribute("aria-controls"));
  const hidden = field.type === "password";
  field.type = hidden ? "text" : "password";
  button.firstElementChild.textContent = hidden ? "Hide" : "Show";
}
