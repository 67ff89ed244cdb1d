// The journey on one page: register, enter the code, be active.
//
// Over a reload the tab keeps the address, the view and two instants. The password is in memory only and is asked for
// again. What is right or wrong is for the service to say: the page shows what it answers.

import { call } from "./api.js";
import { showCalls } from "./calls.js";
import { brief, countdown, held, hold, onThisClock } from "./countdown.js";
import { explain, slug } from "./explain.js";
import { Form } from "./form.js";

const one = (selector) => document.querySelector(selector);
// Where nobody said how long the code is, it may be a long one.
const longestCode = Math.max(8, Number(one("#journey").dataset.codeLength));
const codePause = Number(one("#journey").dataset.codePause) * 1000;
const sendButton = one("#send-code");
const views = ["register", "sign-in", "code", "active"];

const forms = {
  register: new Form(one("#register"), register),
  "sign-in": new Form(one("#sign-in"), signIn),
  code: new Form(one("#code"), activate),
};

let password = "";
let stopLife = () => {};
let kept = { view: "register", email: "", codeLength: 0, expiresAt: 0, nextCodeAt: 0, ...JSON.parse(sessionStorage.kept ?? "{}") };

showCalls(one("[data-calls]"), one("[data-no-calls]"));
sendButton.addEventListener("click", () => forms.code.during(sendCode));
one("#read-again").addEventListener("click", readAccount);
one("#code-code").addEventListener("input", onlyDigits);
for (const button of document.querySelectorAll("[data-go]")) {
  button.addEventListener("click", () => startOver(button.dataset.go));
}
if (kept.view === "code") showCode();
// An account is not shown without its password.
else if (kept.view === "active") showSignIn();

async function register() {
  const { register: form } = forms;
  const input = { email: form.value("email"), password: form.value("password") };
  const answer = await call("POST", "/api/register", { input });
  if (!answer.ok) return refuse(form, answer);
  password = input.password;
  keep({ email: answer.body.email });
  codeWasMade(answer);
}

async function signIn() {
  const form = forms["sign-in"];
  password = form.value("password");
  keep({ email: form.value("email").trim(), codeLength: 0, expiresAt: 0, nextCodeAt: 0 });
  const answer = await call("GET", "/api/me", { credentials: { email: kept.email, password } });
  if (answer.ok) showAccount(answer.body);
  else if (slug(answer) === "not-activated") showCode();
  else refuse(form, answer);
}

async function activate() {
  const { code: form } = forms;
  const input = { code: form.value("code") };
  const answer = await call("POST", "/api/activate", { credentials: credentials(), input });
  if (answer.ok || slug(answer) === "already-activated") return readAccount();
  if (slug(answer) === "code-expired" || answer.body.attempts_left === 0) codeIsDead();
  refuse(form, answer);
}

async function sendCode() {
  if (held(sendButton)) return;
  const answer = await call("POST", "/api/send-code", { credentials: credentials() });
  if (answer.ok) codeWasMade(answer);
  else if (slug(answer) === "already-activated") await readAccount();
  else refuse(forms.code, answer, sendButton);
}

async function readAccount() {
  const answer = await call("GET", "/api/me", { credentials: credentials() });
  if (answer.ok) return showAccount(answer.body);
  showSignIn();
  refuse(forms["sign-in"], answer);
}

/** Those that are known; after a reload the password is the one that was typed again. */
function credentials() {
  password ||= forms.code.value("password");
  return { email: kept.email, password };
}

/** Says at its field, or above the button, why something did not work. Where waiting helps, `button` waits. */
function refuse(form, answer, button = form.button) {
  const wait = answer.body.retry_after;
  if (wait) hold(button, Date.now() + wait * 1000);
  if (slug(answer) === "unauthorized") {
    password = "";
    one("[data-password]").hidden = false;
  }
  form.tell(explain(answer, (name) => form.label(name)));
}

function codeWasMade({ body: { code }, now }) {
  const expiresAt = code.sent ? onThisClock(code.expires_at, now) : 0;
  keep({ codeLength: code.length ?? 0, expiresAt, nextCodeAt: Date.now() + codePause });
  forms.code.fill("code", "");
  showCode();
  if (code.sent) say(`A code was mailed to ${kept.email}.`);
  else forms.code.tell({ message: "The account is stored, but the mail could not be sent. Send a new code." });
}

function showCode() {
  go("code");
  one("[data-email]").textContent = kept.email;
  one("[data-digits]").textContent = kept.codeLength ? `It has ${kept.codeLength} digits. ` : "";
  one("[data-password]").hidden = password !== "";
  hold(sendButton, kept.nextCodeAt);
  showLife();
  forms.code.focus("code");
}

/** Counts the code's life down. When the code came from an earlier visit, nobody here knows it. */
function showLife() {
  const life = one("[data-life]");
  stopLife();
  life.textContent = "";
  if (!kept.expiresAt) return;
  stopLife = countdown(kept.expiresAt, (seconds) => {
    life.classList.toggle("over", seconds === 0);
    life.textContent = seconds > 0 ? `Good for ${brief(seconds)}.` : "This code is no longer good. Send a new one.";
    if (seconds === 0) say(life.textContent);
  });
}

function codeIsDead() {
  stopLife();
  keep({ expiresAt: 0 });
  one("[data-life]").textContent = "";
}

function showSignIn() {
  go("sign-in");
  forms["sign-in"].fill("email", kept.email);
}

function showAccount(account) {
  stopLife();
  keep({ email: account.email, expiresAt: 0, nextCodeAt: 0 });
  const rows = {
    Address: account.email,
    Id: account.id,
    Registered: new Date(account.created_at).toLocaleString(),
    Activated: new Date(account.activated_at).toLocaleString(),
  };
  const elements = Object.entries(rows).flatMap(([label, text]) => [element("dt", label), element("dd", text)]);
  one("[data-account]").replaceChildren(...elements);
  go("active");
  one("[data-view=active] h1").focus();
}

/** Forgets the journey so far and begins at `view`. */
function startOver(view) {
  password = "";
  stopLife();
  keep({ email: "", codeLength: 0, expiresAt: 0, nextCodeAt: 0 });
  for (const form of Object.values(forms)) form.reset();
  go(view);
  forms[view].focus("email");
}

function go(view) {
  keep({ view });
  for (const each of views) one(`[data-view=${each}]`).hidden = each !== view;
  const steps = [...document.querySelectorAll("[data-step]")];
  const at = steps.findIndex((step) => step.dataset.step === view);
  // Signing in is no step of the journey.
  one(".steps").hidden = at < 0;
  for (const [place, step] of steps.entries()) {
    step.classList.toggle("done", place < at);
    step.ariaCurrent = place === at ? "step" : null;
  }
}

function keep(what) {
  kept = { ...kept, ...what };
  sessionStorage.kept = JSON.stringify(kept);
}

/** Lets a screen reader say it. */
function say(text) {
  one("#status").textContent = text;
}

/** Takes away whatever was pasted around the digits. */
function onlyDigits({ target }) {
  const digits = target.value.replaceAll(/[^0-9]/g, "").slice(0, kept.codeLength || longestCode);
  if (digits !== target.value) target.value = digits;
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
