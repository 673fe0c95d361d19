/* The comparison table, the likeness of generators, and what the measures mean. */

const tableColumns = [
  ["Model", (g, i) => [nameOf(i), muted(g.model), g.revision ? muted("rev. " + g.revision.slice(0, 10)) : null]],
  ["Runs", (g) => [g.local ? "here" : "remotely", muted(g.local ? "on this machine" : "provider: " + g.provider)]],
  ["Open weights", (g) => [g.openWeights === undefined ? unknown("not told") : g.openWeights ? "yes" : "no",
    g.licence ? muted(g.licence) : null]],
  ["Style", styleCell],
  ["Speed", speedCell],
  ["Control", controlCell],
  ...(report.measures.some((measure) => measure.id === "clip") ? [["Prompt match", matchCell]] : []),
  ["Cost", costCell],
  ["Pictures", (g) => [g.pictures + " of " + report.rows.length,
    g.pictures < report.rows.length ? muted(counted(report.rows.length - g.pictures, "missing", "missing")) : null]],
];

const muted = (text) => el("span", { class: "muted" }, text);
const unknown = (text) => el("span", { class: "unknown" }, text);

/** The table; its rows become cards on a narrow screen, so roles are said again: `display: block` takes them away. */
function buildTable(place) {
  const head = el("tr", { role: "row" },
    tableColumns.map(([label]) => el("th", { role: "columnheader", scope: "col" }, label)));
  const rows = report.generators.map((generator, index) => el("tr", { role: "row" },
    tableColumns.map(([label, content], column) => el(column === 0 ? "th" : "td",
      { role: column === 0 ? "rowheader" : "cell", scope: column === 0 ? "row" : null, "data-label": label },
      el("div", { class: "lines" }, content(generator, index).filter(Boolean).map((line) => el("div", {}, line)))))));
  place.append(el("table", { role: "table", class: "glance", "aria-labelledby": "table-title" },
    el("thead", { role: "rowgroup" }, head), el("tbody", { role: "rowgroup" }, rows)));
}

function styleCell(generator) {
  const lines = [];
  lines.push(generator.style || unknown("not told"));
  if (generator.styles.length) lines.push(muted("can be set: " + generator.styles.join(", ")));
  for (const id of ["colourfulness", "sharpness"]) {
    const summary = generator.summary[id];
    if (summary) lines.push(muted(id + " " + shortNumber(summary.mean)));
  }
  return lines;
}

function speedCell(generator) {
  const summary = generator.summary.latency;
  if (!summary) return [unknown("not measured")];
  const slowest = Math.max(...report.generators.map((g) => g.summary.latency ? g.summary.latency.median : 0));
  return [seconds(summary.median), bar(slowest ? summary.median / slowest : 0),
    el("span", { class: "muted range" }, summary.count === 1 ? "one picture" : secondsRange(summary.min, summary.max))];
}

/** A bar of a share of its place; the number stands beside it, so it is not read out. */
function bar(share) {
  const fill = el("span", { class: "bar-fill" });
  fill.style.width = Math.max(1.5, share * 100) + "%";
  return el("span", { class: "bar", "aria-hidden": "true" }, fill);
}

function controlCell(generator) {
  const names = (honoured) => generator.controls.filter((control) => control.honoured === honoured).map((control) => control.name);
  const [has, lacks] = [names(true), names(false)];
  return [el("details", { class: "controls" },
    el("summary", {}, has.length + " of " + generator.controls.length + " settings"),
    has.length ? el("p", {}, has.join(", ")) : null,
    lacks.length ? el("p", { class: "muted" }, "not: " + lacks.join(", ")) : null,
    el("p", { class: "muted" }, "sizes: " + generator.sizes.replace(/(\d)x(\d)/g, "$1×$2")))];
}

function matchCell(generator) {
  const summary = generator.summary.clip;
  if (!summary) return [unknown("not measured")];
  return [formatNumber(summary.mean, { minimumFractionDigits: 3, maximumFractionDigits: 3 }),
    muted(counted(summary.count, "picture"))];
}

function costCell(generator) {
  if (generator.spent.length) {
    return generator.spent.flatMap((sum) => [money(sum.mean, sum.currency),
      muted("a picture"), muted(money(sum.total, sum.currency) + " in all")]);
  }
  return generator.billed ? ["billed", unknown("amount not told")] : ["free"];
}

function buildLikeness(place) {
  const measures = report.pairMeasures.filter((measure) => report.pairs.some((pair) => pair.summary[measure.id]));
  if (!measures.length) {
    byId("likeness").hidden = true;
    document.querySelector('.jumps a[href="#likeness"]').hidden = true;
    return;
  }
  const rows = report.pairs.filter((pair) => pair.rows > 0).map((pair) => el("tr", {},
    el("th", { scope: "row" }, nameOf(pair.left), el("span", { class: "and" }, " and "), nameOf(pair.right)),
    measures.map((measure) => likenessCell(pair.summary[measure.id])),
    el("td", { class: "figure" }, String(pair.rows))));
  place.append(
    el("p", { class: "hint" }, "How alike two generators' pictures of the same prompt are: 1 is the same picture."),
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-labelledby": "likeness-title" },
      el("table", { class: "plain" },
        el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Generators"),
          measures.map((measure) => el("th", { scope: "col" }, measure.label)),
          el("th", { scope: "col", class: "figure" }, "Prompts"))),
        el("tbody", {}, rows))));
}

function likenessCell(summary) {
  if (!summary) return el("td", {}, unknown("none"));
  return el("td", {}, el("span", { class: "with-bar" },
    el("span", { class: "value" }, formatNumber(summary.mean, { minimumFractionDigits: 2, maximumFractionDigits: 2 })),
    bar(Math.max(0, summary.mean))));
}

const betterWords = { HIGHER: " More is better.", LOWER: " Less is better.", NEITHER: "" };

function buildMeasures(place) {
  for (const measure of [...report.measures, ...report.pairMeasures]) {
    place.append(el("dt", {}, measure.label), el("dd", {}, measure.description + betterWords[measure.better]));
  }
  place.append(el("dt", {}, "Missing pictures"),
    el("dd", {}, "A missing picture is a missing cell with its reason, and takes no part in any mean."));
}
