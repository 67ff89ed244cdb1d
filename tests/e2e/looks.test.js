// Every screen on a phone, a tablet and a desktop, in light and in dark, and in each language: axe-core finds nothing,
// nothing is wider than the window, and a picture is taken for people to look at.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PASSWORD, another, browserForTests, fits, isFirefox, open, picture, refusal, register, screen, settled, stackWith, submit, type, violations } from "./stack.js";

const shared = browserForTests();
const stack = stackWith({
  SHOW_API_CALLS: "off",
  SERVICE_NAME: "Analytical Engines",
  CONTINUE_URL: "/welcome",
  TERMS_URL: "https://example.com/terms",
  PRIVACY_URL: "https://example.com/privacy",
});

/** Goes through all screens, and has `check` look at each state. */
async function tour(page, email, check) {
  const go = (name) => page.evaluate((name) => (location.hash = name), name);
  await check("01-register");
  await page.locator("[type=submit]").click();
  await refusal(page, "email");
  await check("02-register-refused");
  await register(page, email);
  await check("03-code");
  await type(page, another(await stack.code(email)));
  await refusal(page, "code");
  await check("04-code-refused");
  await page.keyboard.type(await stack.code(email));
  await screen(page, "account");
  await check("05-account");
  await go("change-password");
  await screen(page, "change-password");
  await check("06-change-password");
  await go("delete");
  await screen(page, "delete");
  await check("07-delete");
  await go("register");
  await submit(page, { email, password: "another password" });
  await refusal(page, "email");
  await check("08-taken");
  await go("sign-in");
  await screen(page, "sign-in");
  await submit(page, { email, password: "wrong password" });
  await refusal(page, "password");
  await check("09-sign-in-refused");
  await go("forgot");
  await screen(page, "forgot");
  await check("10-forgot");
  await submit(page, { email });
  await screen(page, "reset");
  await check("11-reset");
  const waiting = `waiting.${email}`;
  await stack.account(waiting, { active: false });
  await go("sign-in");
  await screen(page, "sign-in");
  await submit(page, { email: waiting, password: PASSWORD });
  await screen(page, "code");
  await check("12-waiting");
  await go("delete");
  await submit(page, { confirm: waiting, password: PASSWORD });
  await screen(page, "deleted");
  await check("13-deleted");
  await page.route("**/api/me", (route) => route.fulfill(problem(403, "account-disabled")));
  await go("sign-in");
  await submit(page, { email, password: PASSWORD });
  await screen(page, "disabled");
  await check("14-disabled");
  for (const [name, answer] of [
    ["15-undeliverable", (route) => route.fulfill(problem(422, "mail-undeliverable"))],
    ["16-error", (route) => route.fulfill(problem(500, "internal"))],
    ["17-offline", (route) => route.abort()],
  ]) {
    await page.unrouteAll();
    await page.route("**/api/register", answer);
    await go("register");
    await screen(page, "register");
    await submit(page, { email, password: PASSWORD });
    await page.locator(".error:not(:empty), .message:not(:empty)").first().waitFor();
    await check(name);
    await go("sign-in");
    await screen(page, "sign-in");
  }
}

function problem(status, slug) {
  return { status, contentType: "application/problem+json", body: JSON.stringify({ type: `/problems/${slug}`, status, request_id: "JKJaXmPLvHcESHA=" }) };
}

function checker(page, device) {
  return async (name) => {
    const state = `${name}, ${device}`;
    await settled(page);
    assert.deepEqual(await violations(page), [], state);
    assert.ok(await fits(page), `${state} is too wide`);
    await picture(page, `${name}-${device}`);
  };
}

const windows = { phone: { width: 360, height: 740 }, tablet: { width: 820, height: 1000 }, desk: { width: 1280, height: 900 } };
for (const [device, viewport] of Object.entries(windows)) {
  for (const colorScheme of isFirefox ? ["light"] : ["light", "dark"]) {
    test(`every screen: ${device}, ${colorScheme}`, async (t) => {
      const page = await open(t, shared, stack, "/", { viewport, colorScheme: isFirefox ? undefined : colorScheme });
      await tour(page, `${device}.${colorScheme}@example.com`, checker(page, `${device}-${colorScheme}`));
    });
  }
}

for (const lang of ["de", "es", "fr"]) {
  test(`every screen in ${lang}`, async (t) => {
    const page = await open(t, shared, stack, "/", { viewport: windows.phone, locale: lang });
    assert.equal(await page.getAttribute("html", "lang"), lang);
    await tour(page, `${lang}@example.com`, checker(page, `phone-${lang}`));
  });
}

test("every screen at 320 px", async (t) => {
  const page = await open(t, shared, stack, "/?lang=de", { viewport: { width: 320, height: 640 } });
  await tour(page, "narrow@example.com", async (name) => assert.ok(await fits(page), `${name} is too wide`));
});

test("every screen with text of twice the size", async (t) => {
  const page = await open(t, shared, stack, "/?lang=de", { viewport: windows.phone });
  const double = () => page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
  await tour(page, "large@example.com", async (name) => {
    await double();
    await picture(page, `${name}-large`);
    assert.ok(await fits(page), `${name} is too wide`);
    for (const field of await page.locator("input:visible").all()) {
      const { width } = await field.boundingBox();
      assert.ok(width > 200, `${name}: a field has ${width} px`);
    }
  });
});

test("every screen in forced colours", { skip: isFirefox }, async (t) => {
  const page = await open(t, shared, stack, "/", { viewport: windows.phone, forcedColors: "active" });
  await tour(page, "forced@example.com", async (name) => {
    await picture(page, `${name}-forced`);
    // A button is recognisable by its border, because its colour is gone.
    for (const button of await page.locator("#card .main:visible").all()) {
      assert.notEqual(await button.evaluate((button) => getComputedStyle(button).borderTopStyle), "none", name);
    }
  });
});

describe("where developers look", () => {
  const local = stackWith({});
  for (const [device, viewport] of Object.entries(windows)) {
    test(`the calls of the API stand beside the card: ${device}`, async (t) => {
      const page = await open(t, shared, local, "/", { viewport });
      await register(page, `${device}@example.com`);
      await page.locator(".calls summary").first().click();
      await checker(page, `${device}-light`)("20-calls");
    });
  }
});
