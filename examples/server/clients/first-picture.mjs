// Times the way from ./triptych serve to the first picture in a browser. Needs Chromium and, in this folder,
// npm install --no-save playwright-core. Build once before (./triptych --version), and let the machine be otherwise idle.
//   node first-picture.mjs [path of Chromium]
import assert from "node:assert";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const launcher = fileURLToPath(new URL("../../../triptych", import.meta.url));
const state = await mkdtemp(join(tmpdir(), "triptych-"));
const browser = await chromium.launch({ executablePath: process.argv[2] ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage();

const start = performance.now();
const since = () => ((performance.now() - start) / 1000).toFixed(2) + " s";
const server = spawn(launcher, ["serve", "--port", "0", "--no-browser", "--state", state], { stdio: ["ignore", "pipe", "inherit"] });
const address = await new Promise((found, lost) => {
  server.stdout.on("data", (text) => {
    const match = /http:\S+/.exec(text);
    if (match) found(match[0]);
  });
  server.on("exit", () => lost(new Error("the server ended before it said its address")));
});
console.log("listens          after " + since());
await page.goto(address);
await page.locator("#prompt").fill("a penguin in the snow");
await page.locator("#make").click();
console.log("Make is clicked  after " + since());
await page.locator("#wall a img").first().waitFor();
const picture = page.locator("#frame img[alt='a penguin in the snow']");
await picture.waitFor();
const width = await picture.evaluate((image) => image.decode().then(() => image.naturalWidth));
assert.equal(width, 256);
console.log("picture is shown after " + since());

await browser.close();
const stopped = new Promise((done) => server.on("exit", done));
server.kill("SIGINT");
await stopped;
await rm(state, { recursive: true });
