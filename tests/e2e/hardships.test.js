// Adverse conditions: no script, no storage, a slow or a missing answer, a gateway's own answers, wrong clocks. Every
// state has a way on, and every wait is shown.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { PASSWORD, browserForTests, isFirefox, open, refusal, register, screen, stackWith, startStack, submit, type } from "./stack.js";

const shared = browserForTests();
const stack = stackWith({});
const NO_ANSWER = "We got no answer. Check your connection and try again. What you entered is still here.";

function alert(page, text) {
  return page.getByRole("alert").filter({ hasText: text }).waitFor();
}

/** Has the API answer so from now on. */
function answering(page, path, { status, type = "application/problem+json", body = "" }) {
  return page.route(`**/api/${path}`, (route) => route.fulfill({ status, contentType: type, body: typeof body === "string" ? body : JSON.stringify(body) }));
}

// Of a page without scripts nothing can be asked in Firefox.
test("without JavaScript there is a sentence and no form", { skip: isFirefox }, async (t) => {
  const page = await open(t, shared, stack, "/", { javaScriptEnabled: false });
  // Where scripts are off by emulation, browsers show no <noscript>.
  const text = await page.locator("#card noscript").textContent();
  assert.match(text, /This page needs JavaScript\. Please turn it on and reload the page\./);
  assert.equal(await page.locator("form").count(), 0);
});

test("a script that fails to load is told, and no form is there in vain", async (t) => {
  const prepare = (page) => page.route("**/assets/page.*", (route) => route.abort());
  const page = await open(t, shared, stack, "/", { prepare });
  assert.equal(await page.locator("form").count(), 0);
  await page.getByText("The page didn’t load completely.").waitFor({ timeout: 10_000 });
  await page.unroute("**/assets/page.*");
  await page.getByRole("link", { name: "Reload" }).click();
  await screen(page, "register");
});

// Where there is no page yet, Firefox has no storage to prepare.
for (const [what, script] of [
  ["that throws", () => Object.defineProperty(window, "sessionStorage", { get: () => { throw new DOMException("no", "SecurityError"); } })],
  ["that is full", () => { Storage.prototype.setItem = () => { throw new DOMException("no", "QuotaExceededError"); }; }],
  ["with other things in it", () => { try { sessionStorage.setItem("person", "{"); } catch {} }],
  ["with other values in it", () => { try { sessionStorage.setItem("person", '{"email":7,"codes":{"code":7}}'); } catch {} }],
]) {
  test(`a storage ${what} ends no journey`, async (t) => {
    const email = `${what.replaceAll(" ", ".")}@example.com`;
    const page = await open(t, shared, stack, "/", { prepare: (page) => page.addInitScript(script) });
    await register(page, email);
    await type(page, await stack.code(email));
    await screen(page, "account");
  });
}

test("a clipboard that refuses is told", { skip: isFirefox }, async (t) => {
  const page = await open(t, shared, stack, "/", {
    prepare: (page) => page.addInitScript(() => { navigator.clipboard.writeText = () => Promise.reject(new Error("no")); }),
  });
  await register(page, "clipboard@example.com");
  await page.locator(".calls summary").click();
  await page.getByRole("button", { name: "Copy as curl" }).click();
  await page.getByRole("button", { name: "Copying is not allowed here" }).waitFor();
});

test("a slow answer shows a sign of work, and one click is one request", async (t) => {
  const page = await open(t, shared, stack);
  let requests = 0;
  await page.route("**/api/register", async (route) => {
    requests += 1;
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await route.continue();
  });
  await page.locator("#email").fill("slow@example.com");
  await page.locator("#password").fill(PASSWORD);
  await page.locator("[type=submit]").click();
  await page.locator("form[aria-busy=true]").waitFor();
  const sign = await page.locator("[type=submit]").evaluate((button) => getComputedStyle(button, "::after").animationName);
  assert.equal(sign, "turn");
  await page.locator("[type=submit]").evaluate((button) => button.click());
  await page.locator("#password").press("Enter");
  await screen(page, "code");
  assert.equal(requests, 1);
});

test("a request without an answer ends after twenty seconds", async (t) => {
  const prepare = (page) => page.addInitScript(() => {
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    AbortSignal.timeout = (time) => timeout(time / 20);
  });
  const page = await open(t, shared, stack, "/", { prepare });
  await page.route("**/api/register", () => {});
  await submit(page, { email: "hang@example.com", password: PASSWORD });
  await alert(page, NO_ANSWER);
  assert.equal(await page.locator("form").getAttribute("aria-busy"), null);
});

test("a late answer brings nobody back", async (t) => {
  const page = await open(t, shared, stack);
  let answer;
  await page.route("**/api/register", async (route) => {
    await new Promise((resolve) => (answer = resolve));
    await route.continue();
  });
  await submit(page, { email: "left@example.com", password: PASSWORD });
  await page.locator(".aside [href='#sign-in']").click();
  await screen(page, "sign-in");
  const arrived = page.waitForResponse("**/api/register");
  answer();
  await arrived;
  await page.waitForTimeout(300);
  await screen(page, "sign-in");
});

test("offline, what was entered is still there", { skip: isFirefox }, async (t) => {
  const page = await open(t, shared, stack);
  await page.context().setOffline(true);
  await submit(page, { email: "offline@example.com", password: PASSWORD });
  await alert(page, NO_ANSWER);
  await page.context().setOffline(false);
  await page.locator("[type=submit]").click();
  await screen(page, "code");
});

test("what a gateway answers by itself is told as people speak", async (t) => {
  const page = await open(t, shared, stack);
  for (const [answer, text] of [
    [{ status: 504, type: "text/html", body: "<h1>Gateway Timeout</h1>" }, "The service is busy. Please try again in a moment."],
    [{ status: 503, type: "application/json", body: { message: "Service Unavailable" } }, "The service is busy. Please try again in a moment."],
    [{ status: 429, type: "application/json", body: { message: "Too Many Requests" } }, "The service is busy. Please try again in a moment."],
    [{ status: 413, type: "application/json", body: { message: "Request Entity Too Large" } }, "This is too long."],
    [{ status: 500, type: "application/json", body: "null" }, "Something went wrong on our side. Please try again."],
    [{ status: 500, body: { type: "/problems/internal", request_id: "JKJa" } }, "Something went wrong on our side. Please try again. Reference: JKJa"],
    [{ status: 403, body: { type: "/problems/none-yet" } }, "Something went wrong on our side. Please try again."],
  ]) {
    await answering(page, "register", answer);
    await submit(page, { email: "gateway@example.com", password: PASSWORD });
    await alert(page, text);
    await page.unroute("**/api/register");
  }
});

test("an address that no mail reaches is told at its field, or where it is not asked for", async (t) => {
  const page = await open(t, shared, stack);
  const refused = { status: 422, body: { type: "/problems/mail-undeliverable" } };
  await answering(page, "register", refused);
  await submit(page, { email: "bounced@example.com", password: PASSWORD });
  assert.equal(await refusal(page, "email"), "We can’t deliver e-mail to this address. Please use another one.");
  await page.unroute("**/api/register");
  await stack.account("bounced@example.com", { active: false });
  await page.locator(".aside [href='#sign-in']").click();
  await submit(page, { email: "bounced@example.com", password: PASSWORD });
  await screen(page, "code");
  await answering(page, "send-code", refused);
  await page.locator(".again").click();
  await alert(page, "We can’t deliver e-mail to this address.");
  await page.locator("[href='#register']").click();
  await screen(page, "register");
});

test("an account that is disabled is told so, and another can be used", async (t) => {
  const page = await open(t, shared, stack, "/#sign-in");
  await answering(page, "me", { status: 403, body: { type: "/problems/account-disabled" } });
  await submit(page, { email: "disabled@example.com", password: PASSWORD });
  await screen(page, "disabled");
  await page.locator(".aside a").click();
  await screen(page, "sign-in");
});

test("a link to a screen that lacks what it needs leads to one that does not", async (t) => {
  const page = await open(t, shared, stack, "/#none");
  for (const [asked, shown] of [["code", "register"], ["account", "sign-in"], ["reset", "forgot"], ["deleted", "register"], ["disabled", "sign-in"]]) {
    await page.evaluate((asked) => (location.hash = asked), asked);
    await screen(page, shown);
  }
});

for (const hours of [-1, 1]) {
  test(`a clock that is wrong by ${hours} h counts down right, also when it is set back meanwhile`, async (t) => {
    const prepare = (page) => page.addInitScript((offset) => {
      const { now } = Date;
      window.offset = offset;
      Date.now = () => now() + window.offset;
    }, hours * 3_600_000);
    const page = await open(t, shared, stack, "/", { prepare });
    await register(page, `clock${hours}@example.com`);
    const left = async () => {
      const [, minutes, seconds] = /^Expires in (\d):(\d\d)$/.exec(await page.locator("#life").textContent());
      return 60 * minutes + Number(seconds);
    };
    assert.ok((await left()) > 50);
    await page.evaluate(() => (window.offset -= 30_000));
    await page.waitForTimeout(1100);
    assert.ok((await left()) <= 60);
  });
}

describe("with a server that goes away", () => {
  test("what was entered is still there when it is back", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "e2e-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const gone = await startStack({ folder });
    const page = await open(t, shared, gone);
    await gone.stop();
    await submit(page, { email: "back@example.com", password: PASSWORD });
    await alert(page, NO_ANSWER);
    assert.equal(await page.locator("#email").inputValue(), "back@example.com");
    const back = await startStack({ folder, port: new URL(gone.url).port });
    t.after(() => back.stop());
    await page.locator("[type=submit]").click();
    await screen(page, "code");
  });

  test("a mail that can't be sent is told, and the next one is asked for", async (t) => {
    const stack = await startStack({ settings: { AWS_ENDPOINT_URL_SESV2: "http://127.0.0.1:1", CODE_COOLDOWN_SECONDS: "1" } });
    t.after(() => stack.stop());
    const page = await open(t, shared, stack);
    await submit(page, { email: "unsent@example.com", password: PASSWORD });
    await alert(page, "Your account is saved, but we couldn’t send the code to unsent@example.com. Ask for a new one.");
    assert.ok(!(await page.locator("#card").innerText()).includes("We sent"));
    await page.locator(".again.main:not([aria-disabled])").click();
    await alert(page, "The e-mail could not be sent. Please try again in a moment.");
  });
});
