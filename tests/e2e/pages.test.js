// The pages about the API on a phone and on a desktop, in light and in dark; and the size of a visit to each page.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { browserForTests, enter, fits, isFirefox, open, picture, stackWith, violations } from "./stack.js";

const EMAIL = "ada@example.com";
const shared = browserForTests();
const stack = stackWith({});
const windows = [
  ["phone", { width: 360, height: 740 }, "light"],
  ["desk", { width: 1280, height: 800 }, "dark"],
];

/** What opens each operation of the API reference, once they are there. */
async function operations(page) {
  const found = page.locator(".opblock-summary-control");
  await found.first().waitFor();
  return found.all();
}

for (const [device, viewport, colorScheme] of windows) {
  describe(`${device}, ${colorScheme}`, () => {
    const options = { viewport, colorScheme: isFirefox ? undefined : colorScheme };

    async function check(page, name) {
      assert.deepEqual(await violations(page), [], name);
      assert.ok(await fits(page), `${name} is too wide`);
      await picture(page, `${name}-${device}-${colorScheme}`, { fullPage: true });
    }

    test("the pages of the problems", async (t) => {
      const page = await open(t, shared, stack, "/problems", options);
      await check(page, "problems");
      const slugs = await page.locator(".problems a").allTextContents();
      assert.ok(slugs.length > 10);
      for (const slug of slugs) {
        await page.goto(`${stack.url}/problems/${slug}`);
        await check(page, `problem-${slug}`);
      }
      await page.goto(`${stack.url}/sign-up`);
      await page.getByRole("heading", { name: "Page not found" }).waitFor();
      await check(page, "not-found");
    });

    test("the API reference", async (t) => {
      const page = await open(t, shared, stack, "/docs", options);
      const [first] = await operations(page);
      const { y, height } = await first.boundingBox();
      assert.ok(y + height < viewport.height, `the first operation ends at ${y + height} px`);
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

test("the API reference says once what all answers have, and still what some have", async (t) => {
  const page = await open(t, shared, stack, "/docs");
  for (const operation of await operations(page)) await operation.click();
  const reference = await page.locator("#swagger-ui").innerText();
  assert.match(reference, /Retry-After/i);
  for (const name of ["cache-control", "content-security-policy", "strict-transport-security", "x-content-type-options"]) {
    assert.ok(!reference.toLowerCase().includes(name), name);
    assert.equal((await page.locator(".common").innerText()).split(name).length, 2, name);
  }
});

test("the API reference calls the API, with any password", async (t) => {
  const page = await open(t, shared, stack, "/docs");
  const operation = (id) => page.locator(`[id$=-${id}]`);
  const run = async (id) => {
    await operation(id).locator(".execute").click();
    return operation(id).locator(".live-responses-table .response .response-col_status").innerText();
  };
  const authorize = async (email, password) => {
    await page.getByRole("button", { name: "Authorize" }).click();
    await page.locator(".modal-ux .close-modal").waitFor();
    const signOut = page.locator(".modal-ux .btn", { hasText: "Logout" });
    if (await signOut.isVisible()) await signOut.click();
    await enter(page.locator("#auth-basic-username"), email);
    await enter(page.locator("#auth-basic-password"), password);
    await page.locator(".modal-ux .authorize").click();
    await page.locator(".modal-ux .close-modal").click();
  };
  await operations(page);
  for (const id of ["register", "me", "activate"]) await operation(id).locator(".opblock-summary-control").click();
  assert.match(await run("register"), /^201/);
  assert.match(await run("me"), /^401/);
  await authorize(EMAIL, "correct horse battery staple");
  await enter(operation("activate").locator("textarea"), JSON.stringify({ code: await stack.code(EMAIL) }));
  assert.match(await run("activate"), /^200/);
  for (const [email, password] of [["koeln@example.com", "schöne grüße aus köln"], ["kyiv@example.com", "щедрий вечір"]]) {
    await stack.account(email, { password });
    await authorize(email, password);
    await operation("me").locator(".btn-clear").click();
    assert.match(await run("me"), /^200/, password);
    assert.match(await operation("me").locator(".live-responses-table").innerText(), new RegExp(email));
  }
});

test("nothing is wider than 320 px", async (t) => {
  const page = await open(t, shared, stack, "/problems", { viewport: { width: 320, height: 640 } });
  for (const path of ["/problems", "/problems/unsupported-media-type", "/docs"]) {
    await page.goto(stack.url + path);
    if (path === "/docs") await operations(page);
    assert.ok(await fits(page), path);
  }
});

test("a visit is three requests and the icon, and the next one is one", { skip: isFirefox }, async (t) => {
  // A separate window, without request interception, which would bypass the cache.
  const context = await shared.browser.newContext();
  t.after(() => context.close());
  const visit = async (path) => {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    const [asked, sizes] = [new Map(), []];
    await session.send("Network.enable");
    session.on("Network.responseReceived", ({ requestId, response: { url, fromDiskCache } }) => {
      if (!fromDiskCache) asked.set(requestId, new URL(url).pathname.replace(/\..*\./, "."));
    });
    session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => asked.has(requestId) && sizes.push(encodedDataLength));
    await page.goto(stack.url + path, { waitUntil: "networkidle" });
    await page.close();
    // A headless browser may not request the icon.
    return { asked: [...asked.values()].filter((path) => path !== "/assets/icon.svg").sort(), bytes: sizes.reduce((sum, size) => sum + size, 0) };
  };
  const first = await visit("/");
  assert.deepEqual(first.asked, ["/", "/assets/page.js", "/assets/style.css"]);
  const second = await visit("/");
  assert.deepEqual(second.asked, ["/"]);
  t.diagnostic(`${first.bytes} bytes, and ${second.bytes} at the second visit`);
  assert.ok(first.bytes < 20_000 && second.bytes < 1000, `${first.bytes}, ${second.bytes}`);
});
