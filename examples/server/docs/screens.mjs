// Makes the pictures of the README anew: the studio, light and dark, on a desktop and on a phone. Needs Chromium, a server that
// has two generators and no jobs yet, and npm install --no-save playwright-core in a folder above this one:
//   node screens.mjs http://127.0.0.1:7860/ FOLDER [path of Chromium]
import { join } from "node:path";
import { chromium } from "playwright-core";

const [base, folder, executablePath = "/usr/bin/chromium"] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });

async function view(name, { width = 1280, height = 960, scheme = "light", locale = "en-GB" } = {}, address = "#", doing = async () => {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, locale, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.on("console", message => { if (message.type() === "error") console.error(name + ": " + message.text()); });
  page.on("pageerror", error => console.error(name + ": " + error));
  await page.goto(base + address);
  await page.waitForLoadState("networkidle").catch(() => {});
  await doing(page);
  await page.evaluate(() => Promise.all([...document.images].filter(image => image.checkVisibility()).map(image => image.decode().catch(() => {}))));
  await page.screenshot({ path: join(folder, name + ".png") });
  await context.close();
}

async function asked(path, body) {
  const answer = await fetch(base + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}
async function painted(id) {
  for (;;) {
    const job = await (await fetch(base + "api/jobs/" + id)).json();
    if (job.status === "failed") throw new Error(JSON.stringify(job));
    if (job.status === "completed") return job;
    await new Promise(later => setTimeout(later, 200));
  }
}

const phone = { width: 360, height: 780 };
await view("first-light");
await view("first-360-dark", { ...phone, scheme: "dark" });

const words = ["a rainbow over a meadow", "a rocket in space", "two apples", "a lion in the desert", "a balloon over the mountains", "a castle on a hill at sunset", "a penguin in the snow"];
for (const [index, prompt] of words.entries()) await painted((await asked("api/jobs", { prompt, seed: 21 + index })).id);
const sailboat = await painted((await asked("api/jobs", { prompt: "a sailboat on the sea at sunrise", size: "250x250", seed: 12 })).id);
const comparison = await asked("api/comparisons", { prompt: "a snowman in the forest", generators: (await (await fetch(base + "api/generators")).json()).generators.slice(0, 2).map(each => each.name) });
for (const job of comparison.jobs) await painted(job.id);

const busy = async page => {
  await page.locator("#prompt").fill("a lighthouse in a storm");
  await page.locator("#prompt").blur();
  await asked("api/jobs", { prompt: "a lighthouse in a storm", seed: 9, steps: 60 });
  for (const prompt of ["a lake in the mountains at sunrise", "a cat in a garden"]) await asked("api/jobs", { prompt, seed: 9 });
  await page.locator(".progress", { hasText: "left" }).waitFor();
  await page.locator("#queue li").nth(1).waitFor();
};
const idle = async () => {
  for (const job of (await (await fetch(base + "api/jobs?status=queued,running")).json()).jobs) await painted(job.id);
};
await view("make-light", { height: 1180 }, "#", busy);
await idle();
await view("make-dark", { scheme: "dark", height: 1180 });
await view("make-360-zh", { ...phone, locale: "zh-CN" });
await view("more-light", {}, "#", async page => { await page.locator("#more-button").click(); });
await view("open-dark", { scheme: "dark" }, "#picture=" + sailboat.id + ".0");
await view("open-360-zh", { ...phone, locale: "zh-CN" }, "#picture=" + sailboat.id + ".0");
await view("edit-light", {}, "#edit=" + sailboat.id + ".0", async page => {
  const box = await page.locator(".sheet canvas").boundingBox();
  await page.mouse.move(box.x + box.width * .25, box.y + box.height * .2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * .45, box.y + box.height * .25, { steps: 8 });
  await page.mouse.up();
});
await view("compare-dark", { scheme: "dark" }, "#compare=" + comparison.id);
await browser.close();
