// The screens: what each asks for, what it sends, and where an answer leads.
//
// The service decides what is right or wrong: the page shows its answers.

import { CodeEntry } from "./code.js";
import { Form } from "./form.js";
import { go } from "./navigation.js";
import { codeIsThere, codeMade, forget, know, person } from "./person.js";
import { isEarly, slug } from "./refusals.js";
import { day, fill, say, settings, texts } from "./texts.js";

/** By their names. `instead` is the one to show while this one lacks what it needs. */
export const screens = {
  register: { show: register },
  "sign-in": { show: signIn },
  code: { show: enterCode, instead: () => person.email === "" && "register" },
  account: { show: showAccount, instead: () => person.account === null && "sign-in" },
  forgot: { show: forgot },
  reset: { show: reset, instead: () => person.email === "" && "forgot" },
  "change-password": { show: changePassword },
  delete: { show: deleteAccount },
  deleted: { show: withAddress, instead: () => person.ended !== "deleted" && "register" },
  disabled: { show: withAddress, instead: () => person.ended !== "disabled" && "sign-in" },
};

function register(screen) {
  const form = new Form(screen, async () => {
    const credentials = { email: form.email(), password: form.value("password") };
    const answer = await form.ask("POST", "/api/register", { input: credentials });
    screen.querySelector(".ways").hidden = slug(answer) !== "already-registered";
    if (answer.ok) {
      know({ ...credentials, email: answer.body.email });
      codeMade("code", answer);
    } else if (isEarly(answer, settings.code_lifetime)) {
      know(credentials);
      codeIsThere("code");
    } else {
      return form.refuse(answer);
    }
    go("code");
  });
  withAddress(screen, form);
}

function signIn(screen) {
  const form = new Form(screen, () => readAccount(form, { email: form.email(), password: form.value("password") }));
  withAddress(screen, form);
}

function enterCode(screen) {
  const form = new Form(screen, async () => {
    if (!code.isComplete()) return;
    const input = { code: code.field.value };
    take(await form.ask("POST", "/api/activate", { credentials: credentials(), input }), form.button);
  });
  const credentials = () => ({ email: person.email, password: person.password || form.value("password") });
  const take = (answer, button) => {
    if (slug(answer) === "already-activated") return readAccount(form, credentials());
    if (slug(answer) !== "unauthorized") person.password = credentials().password;
    takeAccount(answer, credentials(), texts.activated, () => code.refuse(answer, button));
  };
  const ask = () => form.isComplete("code") && form.ask("POST", "/api/send-code", { credentials: credentials() });
  const code = new CodeEntry(screen, "code", form, { ask, take });
  code.field.addEventListener("input", () => code.sendsItself() && form.form.requestSubmit());
  withAddress(screen, form);
}

function showAccount(screen) {
  const { account, notice } = person;
  screen.querySelector(".since").textContent = fill(texts.since, { date: day(account.activated_at) });
  screen.querySelector(".notice").textContent = notice;
  say(notice);
  person.notice = "";
  screen.querySelector(".sign-out").addEventListener("click", () => {
    forget();
    go("sign-in", { replace: true });
  });
  withAddress(screen);
}

function forgot(screen) {
  const form = new Form(screen, async () => {
    const email = form.email();
    const answer = await form.ask("POST", "/api/forgot-password", { input: { email } });
    if (!answer.ok && !isEarly(answer, settings.code_pause)) return form.refuse(answer);
    know({ email });
    if (answer.ok) codeMade("reset", answer);
    else codeIsThere("reset");
    go("reset");
  });
  withAddress(screen, form);
}

function reset(screen) {
  const form = new Form(screen, async () => {
    if (!code.isComplete()) return;
    const [email, password] = [person.email, form.value("password")];
    const answer = await form.ask("POST", "/api/reset-password", { input: { email, code: code.field.value, password } });
    takeAccount(answer, { email, password }, texts.changed, () => code.refuse(answer));
  });
  const ask = () => form.ask("POST", "/api/forgot-password", { input: { email: person.email } });
  const code = new CodeEntry(screen, "reset", form, { ask, take: (answer, button) => code.refuse(answer, button) });
  withAddress(screen, form);
}

function changePassword(screen) {
  const form = new Form(screen, async () => {
    const credentials = { email: form.email(), password: form.value("current") };
    const password = form.value("password");
    const answer = await form.ask("POST", "/api/change-password", { credentials, input: { password } });
    takeAccount(answer, answer.ok ? { ...credentials, password } : credentials, texts.changed, () => form.refuse(answer));
  });
  withAddress(screen, form);
  // It stays there for the password manager.
  form.field("email").closest(".field").hidden = person.account !== null;
}

function deleteAccount(screen) {
  const form = new Form(screen, async () => {
    const typed = form.email("confirm");
    if (person.account && typed.toLowerCase() !== person.email) {
      return form.tell({ fields: { confirm: texts.other_address } });
    }
    const credentials = { email: typed, password: form.value("password") };
    const answer = await form.ask("DELETE", "/api/me", { credentials });
    if (!answer.ok) return takeAccount(answer, credentials, "", () => form.refuse(answer));
    know({ email: "", ended: "deleted" });
    go("deleted", { replace: true });
  });
  withAddress(screen, form);
}

async function readAccount(form, credentials) {
  const answer = await form.ask("GET", "/api/me", { credentials });
  takeAccount(answer, credentials, "", () => form.refuse(answer));
}

/** Goes on to the account in an answer, or to the screen for its state; else does what is there for a refusal. */
function takeAccount(answer, credentials, notice, refuse) {
  if (answer.ok) {
    know({ ...credentials, email: answer.body.email, account: answer.body, notice });
    go("account", { replace: true });
  } else if (slug(answer) === "not-activated") {
    know(credentials);
    go("code");
  } else if (slug(answer) === "account-disabled") {
    know({ ...credentials, ended: "disabled" });
    go("disabled");
  } else {
    refuse();
  }
}

/** Shows the address where a text names it, and in its field: what was typed at one screen is there at the next. */
function withAddress(screen, form) {
  for (const place of screen.querySelectorAll(".address")) place.textContent = person.email;
  const field = form?.field("email");
  if (!field) return;
  field.value = person.email;
  field.addEventListener("input", () => know({ email: form.email() }));
}
