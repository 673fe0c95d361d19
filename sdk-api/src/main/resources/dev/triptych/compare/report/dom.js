/* What every part of the page uses: the data, elements, numbers for people. */

const report = JSON.parse(document.getElementById("report-data").textContent);

/** The element `id`. */
const byId = (id) => document.getElementById(id);

/**
 * A new element. Properties are set as such, but for `class`, `data-…`, `aria-…`, `role` and the like, which are
 * attributes, and `on…`, which are listeners. A text child stays text: nothing is ever read as HTML.
 */
function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** Says `text` to a screen reader. */
function announce(text) {
  byId("announcer").textContent = text;
}

const formatters = new Map();
function formatNumber(value, options) {
  const key = JSON.stringify(options);
  if (!formatters.has(key)) formatters.set(key, new Intl.NumberFormat("en", options));
  return formatters.get(key).format(value);
}

const counted = (count, one, many = one + "s") => formatNumber(count, {}) + " " + (count === 1 ? one : many);
const shortNumber = (value) => formatNumber(value, { maximumSignificantDigits: 3 });

function seconds(value) {
  if (value < 1) return formatNumber(value * 1000, { maximumFractionDigits: 0 }) + " ms";
  if (value < 100) return formatNumber(value, { maximumSignificantDigits: 3 }) + " s";
  return Math.floor(value / 60) + " min " + Math.round(value % 60) + " s";
}

/** From `min` to `max`, with the unit once where it is the same. */
function secondsRange(min, max) {
  const [low, high] = [seconds(min), seconds(max)];
  const unit = low.slice(low.lastIndexOf(" "));
  return (high.endsWith(unit) && max < 100 ? low.slice(0, -unit.length) + "–" : low + " – ") + high;
}

function fileSize(bytes) {
  if (bytes < 1000) return bytes + " B";
  if (bytes < 1e6) return formatNumber(bytes / 1e3, { maximumSignificantDigits: 3 }) + " kB";
  return formatNumber(bytes / 1e6, { maximumSignificantDigits: 3 }) + " MB";
}

const money = (amount, currency) => formatNumber(Number(amount), { maximumSignificantDigits: 3 }) + " " + currency;

/** A score as a person reads it. */
function scoreText(measure, value) {
  if (measure.unit === "s") return seconds(value);
  if (measure.unit === "bytes") return fileSize(value);
  return shortNumber(value) + (measure.unit ? " " + measure.unit : "");
}

/** The generator's coloured mark and name. */
function nameOf(index) {
  return el("span", { class: "name" }, el("span", { class: "mark mark-" + (index % 6), "aria-hidden": "true" }),
    report.generators[index].name);
}

const cellOf = (row, generator) => report.cells[row * report.generators.length + generator];

/** What is told of a cell as alternative text: who, and of what. */
const describePicture = (row, who) => who + ": " + (report.rows[row].prompt || "no prompt");

const settingWords = {
  negativePrompt: "without", count: "count", size: "size", aspectRatio: "shape", seed: "seed", steps: "steps",
  guidanceScale: "guidance", strength: "strength", inputs: "inputs", mask: "mask", reference: "reference",
  quality: "quality", style: "style", background: "background", outputFormat: "format", compression: "compression",
};

/** The settings of a request beside its prompt, as [name, text], options one by one. */
function settingsOf(request) {
  const settings = [];
  for (const [field, word] of Object.entries(settingWords)) {
    if (field in request) settings.push([word, settingText(field, request[field])]);
  }
  for (const [key, value] of Object.entries(request.options || {})) settings.push([key, value]);
  return settings;
}

function settingText(field, value) {
  if (field === "inputs") return counted(value.length, "picture");
  if (field === "mask") return "given";
  if (field === "size") return String(value).replace("x", "×");
  if (field === "reference") return value.operation.toLowerCase() + " of " + value.imageId;
  return String(value);
}

/** Texts in a line that breaks between them only. */
const inline = (texts) => texts.flatMap((text, i) => [el("span", { class: "part" }, text), i < texts.length - 1 ? " " : ""]);

/** Text kept in this browser, where it allows that; a file: page may not. */
const kept = {
  read(key) {
    try { return localStorage.getItem("triptych:" + key); } catch (refused) { return null; }
  },
  write(key, text) {
    try { localStorage.setItem("triptych:" + key, text); return true; } catch (refused) { return false; }
  },
};
