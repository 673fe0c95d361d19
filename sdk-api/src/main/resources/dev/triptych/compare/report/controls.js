/* Filters, theme and keys. */

const themes = ["system", "light", "dark"];
const themeWords = { system: "Theme: system", light: "Theme: light", dark: "Theme: dark" };

function startTheme() {
  showTheme(themes.includes(kept.read("theme")) ? kept.read("theme") : "system");
  byId("theme").addEventListener("click", nextTheme);
}

function nextTheme() {
  const theme = themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % themes.length];
  kept.write("theme", theme);
  showTheme(theme);
}

function showTheme(theme) {
  document.documentElement.dataset.theme = theme;
  byId("theme").textContent = themeWords[theme];
}

const isShown = (generator) => byId("show-" + generator).checked;

/** The rows that no filter hides, in order. */
const shownRows = () => [...document.querySelectorAll(".prompt:not([hidden])")].map((article) => Number(article.dataset.row));

function startFilters() {
  report.generators.forEach((generator, index) => byId("toggles").append(
    el("label", {}, el("input", { type: "checkbox", id: "show-" + index, checked: true, onchange: applyFilters }), nameOf(index))));
  byId("filter").addEventListener("input", applyFilters);
  byId("which").addEventListener("change", applyFilters);
  applyFilters();
}

function applyFilters() {
  const words = byId("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  const which = byId("which").value;
  const generators = report.generators.map((generator, index) => index).filter(isShown);
  for (const article of document.querySelectorAll(".prompt")) {
    const row = Number(article.dataset.row);
    const prompt = (report.rows[row].prompt || "").toLowerCase();
    const cells = generators.map((generator) => cellOf(row, generator));
    article.hidden = !words.every((word) => prompt.includes(word))
      || (which === "missing" && !cells.some((cell) => cell.reason))
      || (which === "warnings" && !cells.some((cell) => (cell.warnings || []).length));
  }
  for (const cell of document.querySelectorAll(".cell")) cell.hidden = !isShown(Number(cell.dataset.generator));
  byId("gallery").style.setProperty("--columns", String(columnsFor(generators.length)));
  const rows = shownRows().length;
  byId("count").textContent = rows === report.rows.length ? counted(rows, "prompt")
    : rows + " of " + counted(report.rows.length, "prompt");
}

/** Figures side by side: at most five, and lines of about equal length. */
const columnsFor = (count) => Math.max(1, Math.ceil(count / Math.ceil(count / 5)) || 1);

const keysAreOn = () => byId("keys-on").checked;

function startKeys() {
  byId("keys-open").addEventListener("click", () => byId("keys").showModal());
  byId("keys-on").checked = kept.read("keys") !== "off";
  byId("keys-on").addEventListener("change", () => kept.write("keys", keysAreOn() ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    const writing = event.target.matches("input:not([type=checkbox]), select, textarea");
    if (!keysAreOn() || writing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const actions = {
      "/": () => byId("filter").focus(), "?": () => byId("keys").showModal(), t: nextTheme,
      j: () => stepPrompt(1), k: () => stepPrompt(-1), v: goToVote,
    };
    const action = actions[event.key.toLowerCase()];
    if (action) {
      event.preventDefault();
      action();
    }
  });
}

/** Brings the next or the previous shown prompt to the top and into focus. */
function stepPrompt(step) {
  const articles = [...document.querySelectorAll(".prompt:not([hidden])")];
  if (!articles.length) return;
  const focused = articles.findIndex((article) => article.contains(document.activeElement));
  const next = articles[Math.min(articles.length - 1, Math.max(0, focused < 0 && step < 0 ? 0 : focused + step))];
  next.scrollIntoView({ block: "start" });
  next.focus({ preventScroll: true });
}

function goToVote() {
  if (byId("vote").hidden) return;
  byId("vote").scrollIntoView({ block: "start" });
  voting.parts.stage.querySelector("[tabindex='-1']").focus({ preventScroll: true });
}
