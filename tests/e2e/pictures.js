// Takes the pictures of the README, in Chromium: `npm run pictures`. They are stored in docs.

import { fileURLToPath } from "node:url";
import { register, startBrowser, startStack, type } from "./stack.js";

const PICTURES = {
  page: { viewport: { width: 1280, height: 800 }, colorScheme: "light" },
  phone: { viewport: { width: 390, height: 720 }, colorScheme: "dark", deviceScaleFactor: 2 },
};

const stacks = { page: await startStack(), phone: await startStack({ settings: { SHOW_API_CALLS: "off" } }) };
const browser = await startBrowser();
for (const [name, options] of Object.entries(PICTURES)) {
  const page = await browser.newPage(options);
  await page.goto(stacks[name].url);
  await register(page, "ada@example.com");
  await page.locator(".calls summary").evaluateAll(([summary]) => summary?.click());
  // All except the last digit, which would submit it.
  await type(page, (await stacks[name].code("ada@example.com")).slice(0, -1));
  await page.screenshot({ path: fileURLToPath(new URL(`../../docs/${name}.png`, import.meta.url)) });
  await stacks[name].stop();
}
await browser.close();
