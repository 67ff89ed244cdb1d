// The local stack as a process of its own, and a browser before it.
//
// A page that breaks its Content-Security-Policy, throws, asks another host or lets the browser ask for a password
// fails the test that opened it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const workspace = fileURLToPath(new URL("../..", import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? `${workspace}/target`;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const pictures = `${target}/e2e`;
mkdirSync(pictures, { recursive: true });

export const EMAIL = "ada@example.com";
export const PASSWORD = "correct horse battery";

/** Starts the stack with these settings on free ports, or on `port` and with the data of `folder`. */
export async function startStack({ settings = {}, port = 0, folder } = {}) {
  const storage = folder ? ["--data", folder] : ["--in-memory"];
  const child = spawn(`${target}/debug/local`, ["--port", port, "--dynamodb-port", "0", ...storage], {
    cwd: workspace,
    env: { ...process.env, BCRYPT_COST: "4", ...settings },
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
    /** The code in the newest mail. */
    async code() {
      const { mails } = await (await fetch(`${url}/inbox.json`)).json();
      return mails[0].code;
    },
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

export function startBrowser() {
  const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args });
}

/** Opens `path` in a window of its own, which is closed after the test `t`. */
export async function open(t, browser, stack, path = "/", { expected = [], ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("console", (message) => {
    // The browser itself notes each answer that is no success.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) wrong.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(stack.url)) wrong.push(`asked ${request.url()}`);
  });
  const prompts = await countPrompts(page);
  t.after(async () => {
    await context.close();
    assert.deepEqual(wrong, []);
    assert.equal(prompts.count, 0, "the browser asked for a password by itself");
  });
  await page.goto(stack.url + path);
  return page;
}

/** The field with this label in the view that is shown. */
export function field(page, label) {
  return page.getByLabel(label, { exact: true }).filter({ visible: true });
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
