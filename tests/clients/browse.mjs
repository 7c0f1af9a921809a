// Drives a Chromium through steps that come as JSON on standard input, and prints what it gave.
//
//   {"browser": PATH, "steps": [{"goto": URL}, {"fill": [SELECTOR, TEXT]}, {"click": SELECTOR},
//                               {"until": SELECTOR}, {"give": EXPRESSION}, {"look": FILE.png}]}
//
// Prints {"given": [...], "console": [...], "error": null or a text}. The home folder, and so the
// certificates that are trusted, is that of the environment; its profile is new each time.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { chromium } from "playwright-core";

const PATIENCE_MS = 20_000;
const ARGUMENTS = [
  "--no-sandbox", // Chromium's sandbox does not run as root, as which CI does
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const { browser, steps, dark = false } = JSON.parse(await text(process.stdin));
const profile = await mkdtemp(join(tmpdir(), "er-chromium-"));
const given = [];
const console_ = [];

async function take(page, step) {
  const [[verb, value]] = Object.entries(step);
  switch (verb) {
    case "goto":
      return page.goto(value);
    case "fill":
      return page.fill(...value);
    case "click":
      return page.click(value);
    case "until":
      return page.waitForSelector(value, { state: "attached" });
    case "give":
      return given.push(await page.evaluate(value));
    case "look":
      return page.screenshot({ path: value });
    default:
      throw new Error(`no such step: ${verb}`);
  }
}

let error = null;
const context = await chromium.launchPersistentContext(profile, {
  executablePath: browser,
  headless: true,
  args: ARGUMENTS,
  colorScheme: dark ? "dark" : "light",
});
try {
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(PATIENCE_MS);
  page.on("console", (message) => console_.push(message.text()));
  page.on("pageerror", (failure) => console_.push(`uncaught: ${failure.message}`));
  for (const step of steps) await take(page, step);
} catch (failure) {
  error = failure.message;
} finally {
  await context.close();
  await rm(profile, { recursive: true, force: true });
}
process.stdout.write(JSON.stringify({ given, console: console_, error }));
