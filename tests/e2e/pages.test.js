// Every page and every view, on a phone and on a desk, in light and in dark: axe-core finds nothing, nothing is wider
// than the window, and a picture is taken for people to look at.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { EMAIL, PASSWORD, field, open, pictures, startBrowser, startStack, violations } from "./stack.js";

let browser, stack, slugs;
before(async () => {
  [browser, stack] = await Promise.all([startBrowser(), startStack({ settings: { CODE_COOLDOWN_SECONDS: "5" } })]);
  const page = await browser.newPage();
  await page.goto(`${stack.url}/problems`);
  slugs = await page.locator(".problems a").allTextContents();
  await page.close();
});
after(async () => {
  await browser.close();
  await stack.stop();
});

const windows = [
  ["phone", { width: 360, height: 740 }],
  ["desk", { width: 1280, height: 800 }],
];

/** What opens each operation of the API reference, once they are there. */
async function operations(page) {
  const found = page.locator(".opblock-summary-control");
  await found.first().waitFor();
  return found.all();
}

for (const [device, viewport] of windows) {
  for (const colorScheme of ["light", "dark"]) {
    describe(`${device}, ${colorScheme}`, () => {
      const options = { viewport, colorScheme };
      const picture = (name) => ({ path: `${pictures}/${name}-${device}-${colorScheme}.png`, fullPage: true });

      async function check(page, name) {
        assert.deepEqual(await violations(page), [], name);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is too wide`);
        await page.screenshot(picture(name));
      }

      test("the journey", async (t) => {
        const email = `${device}.${colorScheme}@example.com`;
        const page = await open(t, browser, stack, "/", options);
        await check(page, "1-register");
        await field(page, "E-mail address").fill("ada");
        await page.getByRole("button", { name: "Register", exact: true }).click();
        await page.locator("[aria-invalid]").first().waitFor();
        await check(page, "2-register-refused");
        await field(page, "E-mail address").fill(email);
        await field(page, "Password").fill(PASSWORD);
        await page.getByRole("button", { name: "Register", exact: true }).click();
        await page.getByRole("heading", { name: "Enter the code" }).waitFor();
        await check(page, "3-code");
        await page.reload();
        await field(page, "Password").fill("wrong password");
        await field(page, "Code").fill(await stack.code());
        await page.getByRole("button", { name: "Activate" }).click();
        await page.locator("[aria-invalid]").first().waitFor();
        await check(page, "4-code-refused");
        await field(page, "Password").fill(PASSWORD);
        await page.getByRole("button", { name: "Activate" }).click();
        await page.getByRole("heading", { name: "Your account is active" }).waitFor();
        await check(page, "5-active");
        await page.reload();
        await check(page, "6-sign-in");
      });

      test("the pages of the problems", async (t) => {
        const page = await open(t, browser, stack, "/problems", options);
        await check(page, "problems");
        assert.ok(slugs.length > 10);
        for (const slug of slugs) {
          await page.goto(`${stack.url}/problems/${slug}`);
          await check(page, `problem-${slug}`);
        }
        await page.goto(`${stack.url}/problems/none`);
        await page.getByRole("heading", { name: "There is no such page" }).waitFor();
        await check(page, "not-found");
      });

      test("the API reference", async (t) => {
        const page = await open(t, browser, stack, "/docs", options);
        await operations(page);
        await check(page, "docs");
        await page.getByRole("button", { name: "Authorize" }).click();
        await page.locator("#auth-basic-username").waitFor();
        await check(page, "docs-authorize");
        await page.locator(".modal-ux .close-modal").click();
        for (const operation of await operations(page)) await operation.click();
        await page.locator(".execute").last().click();
        await page.locator(".live-responses-table").waitFor();
        await check(page, "docs-open");
      });
    });
  }
}

test("the API reference calls the API", async (t) => {
  const page = await open(t, browser, stack, "/docs");
  const operation = (id) => page.locator(`[id$=-${id}]`);
  const run = async (id) => {
    await operation(id).locator(".execute").click();
    return operation(id).locator(".live-responses-table .response .response-col_status").innerText();
  };
  for (const operation of await operations(page)) await operation.click();

  assert.match(await run("register"), /^201/);
  assert.match(await run("me"), /^401/);
  await page.getByRole("button", { name: "Authorize" }).click();
  await page.locator("#auth-basic-username").fill(EMAIL);
  await page.locator("#auth-basic-password").fill("correct horse battery staple");
  await page.locator(".modal-ux .authorize").click();
  await page.locator(".modal-ux .close-modal").click();
  await operation("activate").locator("textarea").fill(JSON.stringify({ code: await stack.code() }));
  assert.match(await run("activate"), /^200/);
  await operation("me").locator(".btn-clear").click();
  assert.match(await run("me"), /^200/);
});

test("nothing is wider than 320 px", async (t) => {
  const page = await open(t, browser, stack, "/", { viewport: { width: 320, height: 640 } });
  for (const path of ["/", "/problems", "/problems/unsupported-media-type", "/docs"]) {
    await page.goto(stack.url + path);
    await page.waitForLoadState("networkidle");
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), path);
  }
});
