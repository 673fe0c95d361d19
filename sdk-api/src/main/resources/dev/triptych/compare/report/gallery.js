/* The pictures: one article a prompt, in it one figure a generator. */

function buildGallery(place) {
  report.rows.forEach((request, row) => place.append(promptArticle(request, row)));
}

function promptArticle(request, row) {
  const title = "prompt-" + row;
  return el("article", { class: "prompt", tabindex: "-1", "aria-labelledby": title, "data-row": String(row) },
    el("header", {},
      el("span", { class: "number", "aria-hidden": "true" }, String(row + 1)),
      el("div", {},
        el("h3", { id: title, dir: "auto" }, request.prompt || "(no prompt)"),
        settingLine(request))),
    el("div", { class: "cells" }, report.generators.map((generator, index) => figure(row, index))));
}

function settingLine(request) {
  const settings = settingsOf(request);
  return settings.length === 0 ? null
    : el("p", { class: "settings" }, settings.map(([name, text]) => el("span", {}, name + " ", el("b", { dir: "auto" }, text))));
}

function figure(row, generator) {
  const cell = cellOf(row, generator);
  return el("figure", { class: "cell" + (cell.reason ? " missing" : ""), "data-generator": String(generator) },
    cell.reason ? reasonBox(cell.reason, row) : pictureButton(row, generator, cell.picture),
    el("figcaption", {}, el("div", { class: "caption" }, nameOf(generator), badge(cell)),
      cell.reason ? null : factLine(cell), details(row, cell)));
}

function pictureButton(row, generator, picture) {
  const image = el("img", { src: picture.source, alt: describePicture(row, report.generators[generator].name),
    width: picture.width, height: picture.height, loading: "lazy", decoding: "async" });
  return el("button", { type: "button", class: "picture", "aria-haspopup": "dialog",
    onclick: () => openZoom(row, generator) }, image);
}

const reasonTitles = {
  UNSUPPORTED: "Cannot do this", REFUSED: "Refused", AUTHENTICATION: "No access", RATE_LIMITED: "Too many requests",
  BUDGET: "Over budget", UNAVAILABLE: "Unavailable", UNREADABLE: "Unreadable answer", NOT_FETCHED: "Made, not fetched",
  MODEL: "Model not loaded", CANCELLED: "Cancelled", DEFECT: "Defect",
};

/** The reason, in a box of the shape that the row's pictures have. */
function reasonBox(reason, row) {
  const beside = report.generators.map((_, index) => cellOf(row, index)).find((cell) => cell.picture);
  const box = el("div", { class: "reason" },
    el("strong", {}, reasonTitles[reason.kind] || reason.kind), el("p", { dir: "auto" }, reason.message));
  if (beside) box.style.aspectRatio = beside.picture.width + " / " + beside.picture.height;
  return box;
}

function badge(cell) {
  const count = (cell.warnings || []).length;
  return count === 0 ? null : el("span", { class: "badge" }, counted(count, "warning"));
}

function factLine(cell) {
  const facts = [];
  if (cell.scores.latency !== undefined) facts.push(seconds(cell.scores.latency));
  if (cell.cache === "HIT") facts.push("from the cache");
  facts.push(cell.picture.width + "×" + cell.picture.height);
  if (cell.cost) facts.push(money(cell.cost.amount, cell.cost.currency));
  return el("p", { class: "facts" }, inline(facts));
}

/** The effective request, warnings and scores, folded away. */
function details(row, cell) {
  if (cell.reason) return null;
  const wanted = new Map(settingsOf(report.rows[row]));
  const effective = settingsOf(cell.effective);
  const dropped = [...wanted].filter(([name]) => !effective.some(([each]) => each === name));
  const request = el("dl", {},
    cell.effective.prompt !== report.rows[row].prompt ? entry("prompt", cell.effective.prompt || "none", true) : null,
    effective.map(([name, text]) => entry(name, text, wanted.get(name) !== text && wanted.has(name))),
    dropped.map(([name, text]) => entry(name, text, true, true)),
    cell.picture.seed !== undefined && cell.picture.seed !== cell.effective.seed ? entry("seed used", cell.picture.seed) : null,
    cell.picture.revisedPrompt !== undefined ? entry("prompt used", cell.picture.revisedPrompt) : null,
    cell.picture.credentials !== undefined ? entry("signed", cell.picture.credentials) : null);
  return el("details", {}, el("summary", {}, "Request and scores",
    el("span", { class: "unseen" }, " of " + report.generators[cell.generator].name)),
    warningList(cell),
    el("h4", {}, "Effective request"),
    request.childElementCount ? request : el("p", { class: "muted" }, "The prompt alone."),
    el("h4", {}, "Scores"), scoreList(cell),
    el("p", { class: "muted file" }, cell.picture.file));
}

function entry(name, text, changed = false, dropped = false) {
  return el("div", { class: changed ? "changed" : null }, el("dt", {}, name),
    el("dd", { dir: "auto" }, dropped ? el("s", {}, text) : text,
      changed ? el("span", { class: "unseen" }, dropped ? " (had no effect)" : " (changed)") : null));
}

function warningList(cell) {
  const lines = [...(cell.warnings || []).map((warning) => warning.message), ...cell.notes];
  if (cell.attempts > 1) lines.push(cell.attempts + " attempts");
  return lines.length ? el("ul", { class: "warnings" }, lines.map((line) => el("li", { dir: "auto" }, line))) : null;
}

function scoreList(cell) {
  return el("dl", {}, report.measures.map((measure) => {
    const value = cell.scores[measure.id];
    if (measure.id === "cost" && cell.cost) return entry(measure.label, money(cell.cost.amount, cell.cost.currency));
    if (measure.id === "cost" && value === 0) return entry(measure.label, "free");
    return entry(measure.label, value === undefined ? "not known" : scoreText(measure, value));
  }));
}
