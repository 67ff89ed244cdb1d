// The page in WebKit: the ways through it that most people take, and axe on each screen.
//
// Playwright drives no WebKit but its own, which no registry has. Debian's speaks W3C WebDriver, of which this needs a
// dozen commands: https://www.w3.org/TR/webdriver2/#endpoints.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { PASSWORD, another, axe, stackWith } from "./stack.js";

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
const browser = { binary: process.env.MINI_BROWSER, args: ["--automation"] };
const stack = stackWith({ CODE_COOLDOWN_SECONDS: "0" });
let driver, session;

before(async () => {
  const port = await freePort();
  driver = spawn("WebKitWebDriver", [`--port=${port}`, "--host=127.0.0.1"], { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  await until(() => fetch(`${url}/status`).then(({ ok }) => ok, () => false), "the driver");
  const capabilities = { alwaysMatch: { "webkitgtk:browserOptions": browser } };
  const { sessionId } = await command(`${url}/session`, { capabilities });
  session = `${url}/session/${sessionId}`;
});
after(async () => {
  await fetch(session, { method: "DELETE" });
  driver.kill();
});

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Tries until it holds. */
async function until(holds, what) {
  const end = Date.now() + 20_000;
  while (!(await holds())) {
    assert.ok(Date.now() < end, `waited for ${what}`);
    await pause(50);
  }
}

async function command(url, body) {
  const answer = await fetch(url, body && { method: "POST", body: JSON.stringify(body) });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(`${url}: ${value.error}: ${value.message}`);
  return value;
}

const open = (path) => command(`${session}/url`, { url: stack.url + path });
const run = (script, ...args) => command(`${session}/execute/sync`, { script, args });
const text = (selector) => run("return document.querySelector(arguments[0])?.innerText ?? ''", selector);

async function element(selector) {
  const found = await command(`${session}/element`, { using: "css selector", value: selector });
  return `${session}/element/${found[ELEMENT]}`;
}

async function click(selector) {
  await command(`${await element(selector)}/click`, {});
}

async function type(selector, keys) {
  const field = await element(selector);
  await command(`${field}/clear`, {});
  await command(`${field}/value`, { text: keys });
}

/** Fills the fields in, by their ids, and sends the form. */
async function submit(values) {
  for (const [name, value] of Object.entries(values)) await type(`#${name}`, value);
  await click("[type=submit]");
}

/** Waits for the screen of this name; nothing on it may be wrong. */
async function screen(name) {
  const heading = await run("return document.getElementById(arguments[0]).content.querySelector('h1').textContent", `screen-${name}`);
  await until(async () => (await text("#card h1")) === heading, `the screen ${name}`);
  await run(axe);
  const script = "const done = arguments[0]; axe.run().then(({ violations }) => done(violations.map(({ id, help }) => `${id}: ${help}`)))";
  assert.deepEqual(await command(`${session}/execute/async`, { script, args: [] }), [], name);
  assert.ok(await run("return document.documentElement.scrollWidth <= innerWidth"), `${name} scrolls sideways`);
}

async function refusal(name) {
  await until(() => text(`#${name}-error`), `a refusal of ${name}`);
  return text(`#${name}-error`);
}

test("an account is made, activated, changed and deleted", async () => {
  await open("/");
  await screen("register");
  await submit({ email: "ada@example.com", password: PASSWORD });
  await screen("code");
  const code = await stack.code("ada@example.com");
  await type("#code", another(code));
  assert.match(await refusal("code"), /You have 2 attempts left\.$/);
  await type("#code", code);
  await screen("account");
  await click("a[href='#change-password']");
  await screen("change-password");
  await submit({ current: PASSWORD, password: "another horse battery" });
  await screen("account");
  await click("a[href='#delete']");
  await screen("delete");
  await submit({ confirm: "ada@example.com", password: "another horse battery" });
  await screen("deleted");
});

test("a forgotten password is set anew", async () => {
  await stack.account("forgetful@example.com");
  await open("/#forgot");
  await screen("forgot");
  await submit({ email: "forgetful@example.com" });
  await screen("reset");
  await submit({ code: await stack.code("forgetful@example.com"), password: "another horse battery" });
  await screen("account");
});

test("what is refused is said at its field", async () => {
  await open("/?lang=en");
  await submit({ email: "not an address", password: "short" });
  assert.ok((await refusal("email")).length > 0);
  assert.equal(await run("return document.activeElement.id"), "email");
});

test("the page is in four languages", async () => {
  for (const [language, heading] of Object.entries({ en: "Create your account", de: "Konto erstellen", es: "Cree su cuenta", fr: "Créez votre compte" })) {
    await open(`/?lang=${language}`);
    await screen("register");
    assert.equal(await run("return document.documentElement.lang"), language);
    assert.equal(await text("#card h1"), heading);
  }
});
