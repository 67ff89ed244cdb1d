// Every flow of the page, and what can go wrong in it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PASSWORD, another, browserForTests, countPrompts, isFirefox, open, refusal, register, said, screen, settled, stackWith, submit, type } from "./stack.js";

const shared = browserForTests();
const clipboard = isFirefox ? {} : { permissions: ["clipboard-read", "clipboard-write"] };

describe("with the default settings", () => {
  const stack = stackWith({});

  test("an account is made and activated, and Back never leaves the page before its first screen", async (t) => {
    const page = await open(t, shared, stack);
    assert.equal(await page.title(), "Create your account – User Registration");
    await register(page, " Ada@Example.com ");
    assert.equal(await page.title(), "Check your e-mail – User Registration");
    assert.match(await page.locator("#card").innerText(), /We sent a code to ada@example\.com\./);
    assert.match(await page.locator("#life").textContent(), /^Expires in (0:5\d|1:00)$/);
    await page.evaluate(() => history.back());
    await screen(page, "register");
    assert.equal(await page.locator("#email").inputValue(), "ada@example.com");
    await page.evaluate(() => history.forward());
    await screen(page, "code");
    assert.ok(await page.locator("#password").isHidden(), "the password is asked for again");
    await type(page, await stack.code("ada@example.com"));
    await screen(page, "account");
    assert.equal(await page.evaluate(() => document.activeElement.tagName), "H1");
    assert.equal(await page.title(), "You’re all set – User Registration");
    assert.match(await page.locator("#card").innerText(), /Your account is active\.[^]*ada@example\.com[^]*Active since \w+ \d+, 20\d\d/);
    assert.equal(await said(page), "Your account is active.");
    await page.evaluate(() => history.back());
    await screen(page, "register");
  });

  test("a keyboard is enough", async (t) => {
    const page = await open(t, shared, stack);
    const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };
    await page.locator("#email").focus();
    await page.keyboard.type("keys@example.com");
    await press("Tab");
    await page.keyboard.type(PASSWORD);
    await press("Tab", "Space");
    assert.equal(await page.locator("#password").getAttribute("type"), "text");
    assert.equal(await page.locator(".show").getAttribute("aria-pressed"), "true");
    await press("Tab", "Enter");
    await screen(page, "code");
    await page.keyboard.type(await stack.code("keys@example.com"));
    await screen(page, "account");
  });

  test("a password that is shown is hidden when it is sent", async (t) => {
    const page = await open(t, shared, stack);
    await page.locator(".show").click();
    assert.equal(await page.locator("#password").getAttribute("type"), "text");
    await submit(page, { email: "shown@example.com", password: "short" });
    await refusal(page, "password");
    assert.equal(await page.locator("#password").getAttribute("type"), "password");
    assert.equal(await page.locator(".show").getAttribute("aria-pressed"), "false");
  });

  test("no password or code is shown or kept", async (t) => {
    const page = await open(t, shared, stack, "/", clipboard);
    const email = "hidden@example.com";
    await register(page, email);
    const code = await stack.code(email);
    await type(page, code);
    await screen(page, "account");
    const kept = await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie, location.href, history.state]));
    const shown = await page.locator(".calls").textContent();
    const copied = [];
    for (const details of isFirefox ? [] : await page.locator(".calls details").all()) {
      await details.locator("summary").click();
      await details.getByRole("button", { name: "Copy as curl" }).click();
      await details.getByRole("button", { name: "Copied" }).waitFor();
      copied.push(await page.evaluate(() => navigator.clipboard.readText()));
      await details.getByRole("button", { name: "Copy as curl" }).waitFor();
    }
    for (const text of [kept, shown, ...copied]) {
      assert.ok(!text.includes(PASSWORD) && !text.includes(`"${code}"`), text);
      assert.ok(!text.includes(Buffer.from(`${email}:${PASSWORD}`).toString("base64")), text);
    }
    if (isFirefox) return;
    const json = "-H 'Content-Type: application/json' -d";
    assert.deepEqual(copied, [
      `curl -i -X POST '${stack.url}/api/activate' -u '${email}' ${json} '{"code":"'"\${CODE:?}"'"}'`,
      `curl -i -X POST '${stack.url}/api/register' ${json} '{"email":"${email}","password":"'"\${PASSWORD:?}"'"}'`,
    ]);
  });

  test("what is wrong is said at its field, as people speak", async (t) => {
    const page = await open(t, shared, stack);
    await page.locator("[type=submit]").click();
    assert.equal(await refusal(page, "email"), "Enter your e-mail address.");
    assert.equal(await refusal(page, "password"), "Enter your password.");
    assert.equal(await page.evaluate(() => document.activeElement.id), "email");
    for (const [email, text] of [
      ["ada", "Enter an address like name@example.com."],
      ["@example.com", "The part before the @ is missing."],
      ["ada.@example.com", "The part before the @ can’t begin or end with a dot, or have two in a row."],
      ["ada lovelace@example.com", "The part before the @ can’t have spaces, quotes or colons."],
      ["ada@example", "The part after the @ needs an ending, such as .com."],
    ]) {
      await submit(page, { email, password: "short" });
      await page.locator("#email-error", { hasText: text }).waitFor();
      assert.equal(await refusal(page, "password"), "Use at least 8 characters.");
      assert.ok(await page.locator("#password-hint").isHidden(), "hint and error say the same");
    }
    await submit(page, { email: "fields@example.com", password: "password1" });
    await page.locator("#password-error", { hasText: "This password is too easy to guess." }).waitFor();
    assert.equal(await page.locator("#email").getAttribute("aria-invalid"), null);
    await submit(page, { email: "fields@example.com", password: "x".repeat(5000) });
    await page.getByRole("alert").filter({ hasText: "This is too long." }).waitFor();
  });

  test("a refusal is said where the focus does not move", async (t) => {
    const page = await open(t, shared, stack);
    await page.locator("#email").fill("spoken@example.com");
    await page.locator("#password").fill("short");
    await page.locator("#password").press("Enter");
    await refusal(page, "password");
    assert.equal(await said(page), "Use at least 8 characters.");
    await page.locator("#password").fill(PASSWORD);
    await page.locator("#password").press("Enter");
    await screen(page, "code");
    await page.locator("#code").fill("12");
    await page.locator("#code").press("Enter");
    await refusal(page, "code");
    assert.equal(await said(page), "Enter the 4 digits from the e-mail.");
  });

  test("an address from a link or a mail program is taken", async (t) => {
    const page = await open(t, shared, stack);
    await register(page, "mailto:link@example.com");
    await page.locator("[href='#register']").click();
    await page.locator("#email").evaluate((field) => (field.type = "text"));
    await register(page, "Ada Lovelace <mailer@example.com>");
    assert.equal(await page.locator(".address:visible").textContent(), "mailer@example.com");
  });

  test("a wrong code is typed over, says how many attempts are left, and the last one ends the code", async (t) => {
    const page = await open(t, shared, stack);
    await register(page, "guess@example.com");
    const code = await stack.code("guess@example.com");
    const wrong = another(code);
    for (const left of ["You have 2 attempts left.", "You have 1 attempt left."]) {
      await type(page, wrong);
      await page.locator("#code-error", { hasText: left }).waitFor();
      assert.equal(await refusal(page, "code"), `That’s not the code. ${left}`);
    }
    // Typed where the focus is, without emptying the field.
    await page.keyboard.type(wrong);
    await page.locator("#code-error", { hasText: "You have no attempts left. Send a new code." }).waitFor();
    assert.ok(await page.locator(".again.main").isVisible(), "the button that helps does not stand out");
    await page.keyboard.type(code);
    await page.locator("[type=submit]").click();
    await page.locator("#code-error", { hasText: "This code has expired. Send a new one." }).waitFor();
  });

  test("the right code after a wrong one is just typed", async (t) => {
    const page = await open(t, shared, stack);
    await register(page, "over@example.com");
    const code = await stack.code("over@example.com");
    await type(page, another(code));
    await refusal(page, "code");
    await page.keyboard.type(code);
    await screen(page, "account");
  });

  test("pasted text and wide digits become digits", async (t) => {
    const page = await open(t, shared, stack);
    await register(page, "paste@example.com");
    const field = page.locator("#code");
    for (const [text, digits] of [
      [" 0-4\n", "04"],
      ["Your code: 042", "042"],
      ["０４２", "042"],
      ["\u0660\u0664", "\u0660\u0664"],
    ]) {
      await field.fill(text);
      assert.equal(await field.inputValue(), digits);
    }
    await page.locator("[type=submit]").click();
    assert.equal(await refusal(page, "code"), "Enter the 4 digits from the e-mail.");
    const code = await stack.code("paste@example.com");
    await field.fill(`${code.slice(0, 2)} ${code.slice(2)}`);
    await screen(page, "account");
  });

  test("an address that has an account leads to signing in, with the address kept", async (t) => {
    await stack.account("taken@example.com");
    const page = await open(t, shared, stack);
    await submit(page, { email: "taken@example.com", password: "another password" });
    assert.equal(await refusal(page, "email"), "This address already has an account.");
    await page.locator(".ways").getByRole("link", { name: "Sign in" }).click();
    await screen(page, "sign-in");
    assert.equal(await page.locator("#email").inputValue(), "taken@example.com");
    assert.equal(await page.evaluate(() => document.activeElement.id), "password");
    await submit(page, { password: "wrong password" });
    assert.equal(await refusal(page, "password"), "The e-mail address or password is wrong.");
    await submit(page, { password: PASSWORD });
    await screen(page, "account");
    await page.locator(".sign-out").click();
    await screen(page, "sign-in");
    assert.equal(await page.locator("#email").inputValue(), "");
  });

  test("what was typed at one screen is there at the next", async (t) => {
    const page = await open(t, shared, stack);
    await page.locator("#email").fill("typed@example.com");
    for (const name of ["sign-in", "forgot", "sign-in", "register"]) {
      await page.locator(`.aside [href='#${name}']`).click();
      await screen(page, name);
      assert.equal(await page.locator("#email").inputValue(), "typed@example.com");
    }
  });

  test("a reload in the middle loses the password only", async (t) => {
    const page = await open(t, shared, stack);
    const email = "reload@example.com";
    await register(page, email);
    await page.reload();
    await screen(page, "code");
    assert.equal(await page.locator(".address:visible").textContent(), email);
    assert.match(await page.locator("#life").textContent(), /^Expires in (0:\d\d|1:00)$/);
    assert.match(await page.locator(".again").textContent(), /\u00a0·\u00a00:\d\d$/);
    await submit(page, { code: await stack.code(email), password: "wrong password" });
    assert.equal(await refusal(page, "password"), "The e-mail address or password is wrong.");
    await submit(page, { password: PASSWORD });
    await screen(page, "account");
    await page.reload();
    await screen(page, "sign-in");
    assert.equal(await page.locator("#email").inputValue(), email);
  });

  test("registering again while a code lives leads to the code", async (t) => {
    const first = await open(t, shared, stack);
    await register(first, "again@example.com");
    const page = await open(t, shared, stack);
    await register(page, "again@example.com");
    assert.match(await page.locator("#card").innerText(), /We sent a code to again@example\.com a moment ago\./);
    await submit(page, { code: await stack.code("again@example.com") });
    await screen(page, "account");
  });

  test("whoever signs in before the account is active is told that it waits, and enters the code", async (t) => {
    await stack.account("elsewhere@example.com", { active: false });
    const page = await open(t, shared, stack, "/#sign-in");
    await submit(page, { email: "elsewhere@example.com", password: PASSWORD });
    await screen(page, "code");
    assert.match(await page.locator("#card").innerText(), /Your account is not active yet\. Send a code to elsewhere@example\.com/);
    assert.ok(await page.locator(".again.main").isVisible(), "nothing says that the code has to be sent");
    // The previous code is still valid, which the page learns when it asks for another.
    await page.locator(".again").click();
    await page.locator(".again", { hasText: "Wait" }).waitFor();
    await page.getByText("We sent a code to elsewhere@example.com a moment ago.").waitFor();
    assert.ok(await page.locator("[type=submit].main").isVisible());
    await submit(page, { code: await stack.code("elsewhere@example.com") });
    await screen(page, "account");
  });

  test("a forgotten password is replaced with the code from the mail", async (t) => {
    const email = "forgot@example.com";
    await stack.account(email);
    const page = await open(t, shared, stack, "/#sign-in");
    await page.locator("[href='#forgot']").click();
    await submit(page, { email });
    await screen(page, "reset");
    assert.match(await page.locator("#life").textContent(), /^Expires in (9:\d\d|10 min)$/);
    const code = await stack.code(email);
    assert.equal(code.length, 8);
    await submit(page, { code: another(code), password: "a new password" });
    assert.match(await refusal(page, "code"), /^That’s not the code\. You have 2 attempts left\.$/);
    await submit(page, { code, password: "short" });
    assert.equal(await refusal(page, "password"), "Use at least 8 characters.");
    await submit(page, { password: "a new password" });
    await screen(page, "account");
    assert.equal(await said(page), "Your password has been changed.");
    assert.equal((await stack.mail(email)).subject, "Your User Registration password was changed");
  });

  test("a second request for a new password leads to the code of the first", async (t) => {
    const page = await open(t, shared, stack, "/#forgot");
    await submit(page, { email: "nobody@example.com" });
    await screen(page, "reset");
    await page.reload();
    await screen(page, "reset");
    const other = await open(t, shared, stack, "/#forgot");
    await submit(other, { email: "nobody@example.com" });
    await screen(other, "reset");
  });

  test("a password is changed by who is signed in, and by who follows a link to it", async (t) => {
    const email = "change@example.com";
    await stack.account(email);
    const page = await open(t, shared, stack, "/#change-password");
    await screen(page, "change-password");
    await submit(page, { email, current: "wrong password", password: "a new password" });
    assert.equal(await refusal(page, "current"), "The e-mail address or password is wrong.");
    await submit(page, { current: PASSWORD, password: PASSWORD });
    assert.equal(await refusal(page, "password"), "This is the password you already have.");
    await submit(page, { password: "a new password" });
    await screen(page, "account");
    assert.equal(await said(page), "Your password has been changed.");
    await page.locator("[href='#change-password']").click();
    assert.ok(await page.locator("#email").isHidden(), "the address is asked for again");
    assert.equal(await page.locator("#email").inputValue(), email);
    await submit(page, { current: "a new password", password: "a newer password" });
    await screen(page, "account");
  });

  test("an account is deleted once its address is typed", async (t) => {
    const email = "delete@example.com";
    await stack.account(email);
    const page = await open(t, shared, stack, "/#sign-in");
    await submit(page, { email, password: PASSWORD });
    await screen(page, "account");
    await page.locator("[href='#delete']").click();
    await submit(page, { confirm: "other@example.com", password: PASSWORD });
    assert.equal(await refusal(page, "confirm"), "This is not the address of your account.");
    await page.locator("[href='#account']").click();
    await screen(page, "account");
    await page.locator("[href='#delete']").click();
    await submit(page, { confirm: email, password: "wrong password" });
    assert.equal(await refusal(page, "password"), "The e-mail address or password is wrong.");
    await submit(page, { password: PASSWORD });
    await screen(page, "deleted");
    assert.equal((await stack.mail(email)).subject, "Your User Registration account was deleted");
    await page.locator("[href='#register']").click();
    assert.equal(await page.locator("#email").inputValue(), "");
  });

  test("a mail is in the language of the page", async (t) => {
    const page = await open(t, shared, stack, "/?lang=fr#register");
    await register(page, "langue@example.com");
    assert.match((await stack.mail("langue@example.com")).subject, /est votre code pour/);
    await page.locator(".languages a", { hasText: "Deutsch" }).click();
    await screen(page, "code");
    assert.equal(await page.locator("h1").textContent(), "Prüfen Sie Ihre E-Mails");
    assert.equal(await page.getAttribute("html", "lang"), "de");
  });

  test("a password manager finds what it looks for", async (t) => {
    const page = await open(t, shared, stack);
    const fields = await page.evaluate(() =>
      Object.fromEntries(
        [...document.querySelectorAll("template")].map(({ id, content }) => [
          id.slice("screen-".length),
          [...content.querySelectorAll("input")].map((field) => field.getAttribute("autocomplete")).join(" "),
        ]),
      ),
    );
    assert.deepEqual(fields, {
      register: "email new-password",
      "sign-in": "username current-password",
      code: "username one-time-code current-password",
      account: "",
      forgot: "username",
      reset: "username one-time-code new-password",
      "change-password": "username current-password new-password",
      delete: "username off current-password",
      deleted: "",
      disabled: "",
    });
  });

  test("names, addresses and what the API says are not translated", async (t) => {
    const page = await open(t, shared, stack);
    await register(page, "name@example.com");
    for (const selector of [".brand", ".address:visible", "[data-calls]"]) {
      assert.equal(await page.locator(selector).getAttribute("translate"), "no");
    }
  });

  test("the browser would ask for a password, had the page not told it otherwise", { skip: isFirefox }, async () => {
    const page = await shared.browser.newPage();
    await page.goto(stack.url);
    const prompts = await countPrompts(page);
    await page.evaluate(() => fetch("/api/me", { credentials: "same-origin" }));
    assert.equal(prompts.count, 1);
    await page.close();
  });
});

describe("with codes that live for eight seconds", () => {
  const stack = stackWith({ CODE_LIFETIME_SECONDS: "8", CODE_COOLDOWN_SECONDS: "0" });

  test("an expired code is told and a new one works", async (t) => {
    const page = await open(t, shared, stack);
    await register(page, "late@example.com");
    const old = await stack.code("late@example.com");
    await page.getByRole("status").filter({ hasText: "This code has expired. Send a new one." }).waitFor();
    assert.ok(await page.locator(".again.main").isVisible());
    // The page expires a code up to a second before the service does.
    await page.waitForTimeout(1000);
    await type(page, old);
    assert.equal(await refusal(page, "code"), "This code has expired. Send a new one.");
    await page.locator(".again").click();
    await page.getByText(/^Expires in 0:0[1-8]$/).waitFor();
    assert.equal(await said(page), "We sent a new code to late@example.com.");
    await type(page, await stack.code("late@example.com"));
    await screen(page, "account");
  });
});

describe("with a pause of eight seconds", () => {
  const stack = stackWith({ CODE_COOLDOWN_SECONDS: "8", CODE_LENGTH: "6", PASSWORD_MIN_LENGTH: "12" });

  test("the next code waits for the pause, and says so", async (t) => {
    const page = await open(t, shared, stack);
    await page.getByText("At least 12 characters.").waitFor();
    await register(page, "pause@example.com");
    const again = page.locator(".again");
    assert.match(await again.textContent(), /^Send a new code\u00a0·\u00a00:0[1-8]$/);
    assert.equal(await again.getAttribute("aria-disabled"), "true");
    // The pause is counted in one place, and nothing beside it says another time.
    const times = (await page.locator("main").innerText()).match(/\b\d+:\d\d\b|\b\d+ ?s(ec\w*)?\b/g);
    assert.equal(times.length, 2, `the life of the code and the pause, not ${times}`);
    const first = await stack.code("pause@example.com");
    await again.evaluate((button) => button.click());
    assert.equal((await stack.mail("pause@example.com")).code, first);
    await page.locator(".again:not([aria-disabled])").click();
    await page.getByText(/^Send a new code\u00a0·\u00a00:0[1-8]$/).waitFor();
    const second = await stack.code("pause@example.com");
    assert.equal(second.length, 6);
    await type(page, first === second ? another(first) : first);
    await page.locator("#code-error", { hasText: "You have 2 attempts left." }).waitFor();
    await page.keyboard.type(second);
    await screen(page, "account");
  });
});

describe("with one short code a day", () => {
  const stack = stackWith({ CODES_PER_DAY: "1", CODE_COOLDOWN_SECONDS: "0" });

  test("a longer code has room, and is sent with its last digit", async (t) => {
    const page = await open(t, shared, stack);
    await register(page, "long@example.com");
    await page.locator(".again").click();
    await page.getByRole("status").filter({ hasText: "We sent a new code" }).waitFor();
    const code = await stack.code("long@example.com");
    assert.equal(code.length, 8);
    await type(page, code);
    await screen(page, "account");
  });
});

describe("with few wrong passwords", () => {
  const stack = stackWith({ PASSWORD_FAILURES_PER_QUARTER_HOUR: "1" });

  test("a button that waits looks so, and takes no click", async (t) => {
    await stack.account("locked@example.com");
    const page = await open(t, shared, stack, "/#sign-in");
    await submit(page, { email: "locked@example.com", password: "wrong password" });
    await refusal(page, "password");
    await submit(page, { password: "wrong password" });
    await page.getByRole("alert").filter({ hasText: "There were too many wrong passwords." }).waitFor();
    const button = page.locator("[type=submit]");
    assert.match(await button.textContent(), /^Wait (\d+ min|\d:\d\d)$/);
    await settled(page);
    const [waiting, ready] = await button.evaluate((button) => {
      const color = () => getComputedStyle(button).backgroundColor;
      const waiting = color();
      button.style.transition = "none";
      button.ariaDisabled = null;
      const ready = color();
      button.ariaDisabled = "true";
      return [waiting, ready];
    });
    assert.notEqual(waiting, ready);
  });
});
