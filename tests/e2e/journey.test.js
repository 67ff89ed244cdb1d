// The whole journey on the page, and what can go wrong on the way.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { EMAIL, PASSWORD, countPrompts, field, open, startBrowser, startStack } from "./stack.js";

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

/** Tests that share a stack with these settings; each takes an address of its own. */
function on(settings, tests) {
  const shared = {};
  before(async () => (shared.stack = await startStack({ settings })));
  after(() => shared.stack.stop());
  tests(shared);
}

async function register(page, email = EMAIL, password = PASSWORD) {
  await field(page, "E-mail address").fill(email);
  await field(page, "Password").fill(password);
  await page.getByRole("button", { name: "Register", exact: true }).click();
}

async function enter(page, code) {
  await field(page, "Code").fill(code);
  await page.getByRole("button", { name: "Activate" }).click();
}

function heading(page, name) {
  return page.getByRole("heading", { level: 1, name }).waitFor();
}

/** Waits until the field with this label is marked as wrong, and hands out the text at it. */
async function textAt(page, label) {
  const marked = field(page, label).and(page.locator("[aria-invalid=true]"));
  await marked.waitFor();
  const [id] = (await marked.getAttribute("aria-describedby")).split(" ");
  assert.ok(await page.evaluate(() => document.activeElement.ariaInvalid), "the focus is at no field that is wrong");
  return page.locator(`#${id}`).textContent();
}

/** A code of the same length that is not `code`. */
function another(code) {
  return [...code].map((digit) => (Number(digit) + 1) % 10).join("");
}

describe("with the default settings", () => on({}, (shared) => {
  test("an account is registered and activated, and only then shown", async (t) => {
    const page = await open(t, browser, shared.stack);
    await register(page, " Ada@Example.com ");
    await heading(page, "Enter the code");
    await page.getByText("newest mail to ada@example.com. It has 4 digits.").waitFor();
    assert.match(await page.locator("#code-life").textContent(), /^Good for (5\d|60) s\.$/);
    await enter(page, await shared.stack.code());
    await heading(page, "Your account is active");
    await page.getByRole("definition").filter({ hasText: EMAIL }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.tagName), "H1");
    assert.deepEqual(await page.locator(".calls summary code").allTextContents(), ["GET /api/me", "POST /api/activate", "POST /api/register"]);
  });

  test("a keyboard is enough", async (t) => {
    const page = await open(t, browser, shared.stack);
    const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };
    await field(page, "E-mail address").focus();
    await page.keyboard.type("keys@example.com");
    await press("Tab");
    await page.keyboard.type(PASSWORD);
    await press("Tab", "Enter");
    assert.equal(await field(page, "Password").getAttribute("type"), "text");
    await press("Tab", "Enter");
    await heading(page, "Enter the code");
    await page.keyboard.type(await shared.stack.code());
    await press("Enter");
    await heading(page, "Your account is active");
  });

  test("no password or code is shown or kept", async (t) => {
    const page = await open(t, browser, shared.stack, "/", { permissions: ["clipboard-read", "clipboard-write"] });
    await register(page, "hidden@example.com");
    await heading(page, "Enter the code");
    const code = await shared.stack.code();
    await enter(page, code);
    await heading(page, "Your account is active");
    const kept = await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie]));
    const shown = await page.locator(".calls").textContent();
    const copied = [];
    for (const details of await page.locator(".calls details").all()) {
      if (!(await details.evaluate((element) => element.open))) await details.locator("summary").click();
      await details.getByRole("button", { name: "Copy as curl" }).click();
      await details.getByRole("button", { name: "Copied" }).waitFor();
      copied.push(await page.evaluate(() => navigator.clipboard.readText()));
    }
    for (const text of [kept, shown, ...copied]) {
      assert.ok(!text.includes(PASSWORD) && !text.includes(`"${code}"`), text);
      assert.ok(!text.includes(Buffer.from(`hidden@example.com:${PASSWORD}`).toString("base64")), text);
    }
    assert.equal(copied[0], `curl -i -X GET '${shared.stack.url}/api/me' -u 'hidden@example.com'`);
    assert.match(copied[2], /--json '{"email":"hidden@example.com","password":"••••"}'$/);
  });

  test("what is wrong stands at its field", async (t) => {
    const page = await open(t, browser, shared.stack);
    await register(page, "ada", "short");
    assert.equal(await textAt(page, "E-mail address"), "E-mail address must have the form name@domain.");
    assert.equal(await textAt(page, "Password"), "Password must have at least 8 characters.");
    await register(page, "fields@example.com");
    await heading(page, "Enter the code");
    await enter(page, "12");
    assert.equal(await textAt(page, "Code"), "Code must be a text of exactly 4 or 8 digits.");
  });

  test("a wrong code says how many attempts are left, and the last one ends the code", async (t) => {
    const page = await open(t, browser, shared.stack);
    await register(page, "guess@example.com");
    await heading(page, "Enter the code");
    const code = await shared.stack.code();
    for (const text of ["This is not the code. 2 attempts are left.", "This is not the code. 1 attempt is left.", "This is not the code. No attempt is left: send a new code."]) {
      await enter(page, another(code));
      await page.getByText(text).waitFor();
      assert.equal(await textAt(page, "Code"), text);
    }
    await enter(page, code);
    await page.getByText("This code is no longer good. Send a new one.").waitFor();
  });

  test("pasted text becomes digits", async (t) => {
    const page = await open(t, browser, shared.stack, "/", { permissions: ["clipboard-read", "clipboard-write"] });
    await register(page, "paste@example.com");
    await heading(page, "Enter the code");
    const code = await shared.stack.code();
    await page.evaluate((text) => navigator.clipboard.writeText(text), ` ${code.slice(0, 2)} ${code.slice(2)}\n`);
    await field(page, "Code").focus();
    await page.keyboard.press("Control+V");
    assert.equal(await field(page, "Code").inputValue(), code);
  });

  test("an address whose account is active can sign in, but not register", async (t) => {
    const page = await open(t, browser, shared.stack);
    await register(page, "taken@example.com");
    await heading(page, "Enter the code");
    await enter(page, await shared.stack.code());
    await heading(page, "Your account is active");
    await page.getByRole("button", { name: "Register another address" }).click();
    await register(page, "taken@example.com", "another password");
    assert.match(await textAt(page, "E-mail address"), /^This address has an active account\./);
    await page.getByRole("button", { name: "Sign in" }).click();
    assert.ok(await page.getByRole("list", { name: "Steps" }).isHidden(), "signing in is shown as a step of the journey");
    await field(page, "E-mail address").fill("taken@example.com");
    await field(page, "Password").fill("wrong password");
    await page.getByRole("button", { name: "Sign in" }).click();
    assert.equal(await textAt(page, "Password"), "The address or the password is not right.");
    await field(page, "Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await heading(page, "Your account is active");
  });

  test("a reload in the middle loses the password only", async (t) => {
    const page = await open(t, browser, shared.stack);
    await register(page, "reload@example.com");
    await heading(page, "Enter the code");
    await page.reload();
    await heading(page, "Enter the code");
    await page.getByText("newest mail to reload@example.com").waitFor();
    assert.match(await page.locator("#code-life").textContent(), /^Good for \d+ s\.$/);
    assert.match(await page.locator("#send-code").textContent(), /^Send a new code in \d+ s$/);
    await field(page, "Password").fill("wrong password");
    await enter(page, await shared.stack.code());
    assert.equal(await textAt(page, "Password"), "The address or the password is not right.");
    await field(page, "Password").fill(PASSWORD);
    await enter(page, await shared.stack.code());
    await heading(page, "Your account is active");
    await page.reload();
    await heading(page, "Sign in");
    assert.equal(await field(page, "E-mail address").inputValue(), "reload@example.com");
  });

  test("whoever registered elsewhere enters the code here after signing in", async (t) => {
    const first = await open(t, browser, shared.stack);
    await register(first, "elsewhere@example.com");
    await heading(first, "Enter the code");
    const page = await open(t, browser, shared.stack);
    await page.getByRole("button", { name: "Sign in" }).click();
    await field(page, "E-mail address").fill("elsewhere@example.com");
    await field(page, "Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await heading(page, "Enter the code");
    await enter(page, await shared.stack.code());
    await heading(page, "Your account is active");
  });

  test("a clock that is wrong here does not change the countdown", async (t) => {
    const page = await open(t, browser, shared.stack);
    await page.clock.setSystemTime(Date.now() - 3 * 3600 * 1000);
    await register(page, "clock@example.com");
    await heading(page, "Enter the code");
    assert.match(await page.locator("#code-life").textContent(), /^Good for (5\d|60) s\.$/);
  });

  test("the inbox is one click away", async (t) => {
    const page = await open(t, browser, shared.stack);
    await page.getByRole("link", { name: "Inbox" }).click();
    await heading(page, "Inbox");
  });

  test("the browser would ask for a password, had the page not told it otherwise", async () => {
    const page = await browser.newPage();
    await page.goto(shared.stack.url);
    const prompts = await countPrompts(page);
    await page.evaluate(() => fetch("/api/me", { credentials: "same-origin" }));
    assert.equal(prompts.count, 1);
    await page.close();
  });
}));

describe("with codes that live for four seconds", () => on({ CODE_LIFETIME_SECONDS: "4", CODE_COOLDOWN_SECONDS: "0" }, (shared) => {
  test("an expired code is told and a new one works", async (t) => {
    const page = await open(t, browser, shared.stack);
    await register(page);
    await heading(page, "Enter the code");
    const old = await shared.stack.code();
    await page.getByRole("status").filter({ hasText: "This code is no longer good. Send a new one." }).waitFor();
    // The page ends a code up to a second before the service does.
    await page.waitForTimeout(1000);
    await enter(page, old);
    assert.equal(await textAt(page, "Code"), "This code is no longer good. Send a new one.");
    await page.getByRole("button", { name: "Send a new code" }).click();
    await page.getByText(/^Good for [1-4] s\.$/).waitFor();
    await enter(page, await shared.stack.code());
    await heading(page, "Your account is active");
  });
}));

describe("with a pause of eight seconds", () => on({ CODE_COOLDOWN_SECONDS: "8", CODE_LENGTH: "6", PASSWORD_MIN_LENGTH: "12" }, (shared) => {
  test("the next code waits for the pause, here and in another window", async (t) => {
    const page = await open(t, browser, shared.stack);
    await register(page);
    await heading(page, "Enter the code");
    const button = page.locator("#send-code");
    assert.match(await button.textContent(), /^Send a new code in [5-8] s$/);
    await button.click();
    const first = await shared.stack.code();

    const other = await open(t, browser, shared.stack);
    await register(other);
    await other.getByRole("alert").filter({ hasText: /No code can go to this address now\. The next can in (\d+ s|1 min)\./ }).waitFor();
    assert.match(await other.locator("#register button.main").textContent(), /^Register in (\d+ s|1 min)$/);

    await page.getByRole("button", { name: "Send a new code", exact: true }).and(page.locator(":not([aria-disabled])")).click();
    await page.getByText(/^Send a new code in [5-8] s$/).waitFor();
    const second = await shared.stack.code();
    assert.equal(second.length, 6);
    await enter(page, first === second ? another(first) : first);
    await page.getByText("This is not the code. 2 attempts are left.").waitFor();
    await enter(page, second);
    await heading(page, "Your account is active");
  });

  test("the page knows the settings", async (t) => {
    const page = await open(t, browser, shared.stack);
    await page.getByText("At least 12 characters.").waitFor();
  });
}));

describe("with one short code a day", () => on({ CODES_PER_DAY: "1", CODE_COOLDOWN_SECONDS: "0" }, (shared) => {
  test("a longer code is announced, and has room", async (t) => {
    const page = await open(t, browser, shared.stack);
    await register(page);
    await page.getByText("It has 4 digits.").waitFor();
    await page.getByRole("button", { name: "Send a new code" }).click();
    await page.getByText("It has 8 digits.").waitFor();
    const code = await shared.stack.code();
    assert.equal(code.length, 8);
    await enter(page, code);
    await heading(page, "Your account is active");
  });
}));

describe("with a server that goes away", () => {
  test("what was entered is still there when it is back", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "e2e-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const gone = await startStack({ folder });
    const page = await open(t, browser, gone);
    await gone.stop();
    await register(page);
    const text = "The service does not answer. What you entered is still here: try again in a moment.";
    await page.getByRole("alert").filter({ hasText: text }).waitFor();
    assert.equal(await field(page, "E-mail address").inputValue(), EMAIL);

    const stack = await startStack({ folder, port: new URL(gone.url).port });
    t.after(() => stack.stop());
    await page.getByRole("button", { name: "Register", exact: true }).click();
    await heading(page, "Enter the code");
    assert.equal(await page.getByRole("alert").filter({ hasText: text }).count(), 0);
  });

  test("a mail that can't be sent is told, and the next one is asked for", async (t) => {
    const stack = await startStack({ settings: { AWS_ENDPOINT_URL_SESV2: "http://127.0.0.1:1", CODE_COOLDOWN_SECONDS: "2" } });
    t.after(() => stack.stop());
    const page = await open(t, browser, stack);
    await register(page);
    await page.getByRole("alert").filter({ hasText: "The account is stored, but the mail could not be sent. Send a new code." }).waitFor();
    await page.getByRole("button", { name: "Send a new code", exact: true }).and(page.locator(":not([aria-disabled])")).click();
    await page.getByRole("alert").filter({ hasText: "The mail could not be sent. Try again in 5 s." }).waitFor();
  });
});
