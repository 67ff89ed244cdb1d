// The local stack as a process, and a browser: Chromium, or Firefox if BROWSER says so.
//
// A page that breaks its Content-Security-Policy, throws, contacts another host or makes the browser show a password
// dialog fails the test that opened it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium, firefox } from "playwright-core";

const workspace = fileURLToPath(new URL("../..", import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? `${workspace}/target`;
export const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = `${target}/e2e`;
mkdirSync(pictures, { recursive: true });

// For a picture, Playwright puts this style into a page of Firefox, where the page's policy refuses it.
const OF_PICTURES = `sha256-${createHash("sha256").update("body {}").digest("base64")}`;

export const isFirefox = process.env.BROWSER === "firefox";
export const PASSWORD = "correct horse battery";

/** Starts the stack with these settings on free ports, or on `port` and with the data of `folder`. */
export async function startStack({ settings = {}, port = 0, folder } = {}) {
  const storage = folder ? ["--data", folder] : ["--in-memory"];
  const child = spawn(`${target}/debug/local`, ["--port", port, "--dynamodb-port", "0", ...storage], {
    cwd: workspace,
    env: { ...process.env, BCRYPT_COST: "4", CODES_PER_HOUR: "0", ...settings },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const url = await new Promise((resolve, reject) => {
    let printed = "";
    child.stdout.on("data", (text) => {
      printed += text;
      const found = /^API +(\S+)$/m.exec(printed);
      if (found && printed.includes("DynamoDB")) resolve(found[1]);
    });
    ended.then((status) => reject(new Error(`the stack ended with ${status}`)));
  });
  return {
    url,
    /** The newest mail to this address. */
    async mail(email) {
      const { mails } = await (await fetch(`${url}/inbox.json`)).json();
      return mails.find(({ to }) => to === email);
    },
    /** The code in it. */
    async code(email) {
      return (await this.mail(email)).code;
    },
    /** Makes an account by the API, active or not. */
    async account(email, { password = PASSWORD, active = true } = {}) {
      const post = (path, body, authorization) =>
        fetch(url + path, {
          method: "POST",
          headers: { "content-type": "application/json", ...(authorization && { authorization }) },
          body: JSON.stringify(body),
        });
      assert.equal((await post("/api/register", { email, password })).status, 201);
      if (!active) return;
      const basic = `Basic ${Buffer.from(`${email}:${password}`).toString("base64")}`;
      assert.equal((await post("/api/activate", { code: await this.code(email) }, basic)).status, 200);
    },
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** A stack with these settings for the tests around, once it has started. */
export function stackWith(settings) {
  const shared = {};
  before(async () => Object.assign(shared, await startStack({ settings })));
  after(() => shared.stop());
  return shared;
}

/** The browser for the tests around. */
export function browserForTests() {
  const shared = {};
  before(async () => (shared.browser = await startBrowser()));
  after(() => shared.browser.close());
  return shared;
}

export function startBrowser() {
  if (isFirefox) {
    // By WebDriver BiDi, which every Firefox supports.
    return firefox.launch({ channel: "moz-firefox", executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr" });
  }
  const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args });
}

/**
 * Opens `path` in a window of its own, which is closed after the test `t`. `prepare` is run before; what the page may
 * say in the console beyond that it was refused something is `expected`.
 */
export async function open(t, { browser }, stack, path = "/", { prepare, expected = /^$/, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const wrong = [];
  const note = (text) => expected.test(text) || (isFirefox && text.includes(OF_PICTURES)) || wrong.push(text);
  page.on("pageerror", (error) => note(error.message));
  page.on("console", (message) => {
    // The browser itself reports each answer that is not a success.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) note(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(stack.url)) note(`asked ${request.url()}`);
  });
  const prompts = isFirefox ? { count: 0 } : await countPrompts(page);
  t.after(async () => {
    await context.close();
    assert.deepEqual(wrong, []);
    assert.equal(prompts.count, 0, "the browser asked for a password by itself");
  });
  await prepare?.(page);
  await page.goto(stack.url + path);
  return page;
}

/** Counts how often the browser would ask for a password by itself. */
export async function countPrompts(page) {
  const prompts = { count: 0 };
  const session = await page.context().newCDPSession(page);
  await session.send("Fetch.enable", { handleAuthRequests: true });
  session.on("Fetch.requestPaused", ({ requestId }) => session.send("Fetch.continueRequest", { requestId }).catch(() => {}));
  session.on("Fetch.authRequired", ({ requestId }) => {
    prompts.count += 1;
    session.send("Fetch.continueWithAuth", { requestId, authChallengeResponse: { response: "CancelAuth" } }).catch(() => {});
  });
  return prompts;
}

/** What axe-core finds wrong, one line each. */
export async function violations(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary}`));
}

/** Takes a picture for people to look at. */
export async function picture(page, name, options = {}) {
  await page.screenshot({ path: `${pictures}/${name}.png`, ...options });
}

/** Waits until every colour is what it is to be: on its way from one state to the next it is neither. */
export async function settled(page) {
  await page.evaluate(() => {
    const ends = (animation) => animation.effect.getComputedTiming().endTime !== Infinity;
    return Promise.allSettled(document.getAnimations().filter(ends).map((animation) => animation.finished));
  });
}

/** Whether the page can be read without scrolling sideways. */
export function fits(page) {
  return page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
}

// What people do on the page. Fields and buttons are found by their roles, because their names are in four languages.

export async function submit(page, values) {
  for (const [name, value] of Object.entries(values)) {
    const field = page.locator(`#${name}`);
    // In Firefox existing text may stay.
    await field.evaluate((field) => (field.value = ""));
    await field.fill(value);
  }
  await page.locator("[type=submit]").click();
}

/** Waits for the screen of this name, and hands out its heading. */
export async function screen(page, name) {
  const id = `screen-${name}`;
  const heading = await page.evaluate((id) => document.getElementById(id).content.querySelector("h1").textContent, id);
  await page.locator("#card h1", { hasText: heading }).waitFor();
  return heading;
}

/** The text at the field that was refused, once there is one. It has the focus. */
export async function refusal(page, name) {
  const field = page.locator(`#${name}[aria-invalid=true]`);
  await field.waitFor();
  assert.equal(await field.getAttribute("aria-describedby"), `${name}-error`);
  return page.locator(`#${name}-error`).textContent();
}

export function said(page) {
  return page.locator("#status").textContent();
}

export async function register(page, email, password = PASSWORD) {
  await submit(page, { email, password });
  await screen(page, "code");
}

/** Types a code as a person does. The last digit sends it where nothing else is asked for. */
export async function type(page, code) {
  await page.locator("#code").pressSequentially(code);
}

/** Enters `text` where React listens. What is filled in or typed in Firefox, in other letters, React does not see. */
export async function enter(field, text) {
  await field.evaluate((field, text) => {
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value").set.call(field, text);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }, text);
}

/** A code of the same length that is not `code`. */
export function another(code) {
  return [...code].map((digit) => (Number(digit) + 1) % 10).join("");
}
