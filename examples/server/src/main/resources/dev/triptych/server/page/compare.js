// Several generators side by side; who painted which is told after the vote.
import { api } from "./api.js";
import { dialog, h, icon, say } from "./dom.js";
import { generator, nameOf, priceLine, state } from "./facts.js";
import { money, t, took } from "./text.js";

const LETTERS = "ABCDEFGH";

const kept = () => { try { return JSON.parse(localStorage.getItem("triptych.votes") ?? "[]"); } catch { return []; } };
const keep = votes => { try { localStorage.setItem("triptych.votes", JSON.stringify(votes)); } catch { /* The vote is shown, and forgotten with the page. */ } };

/** Asks who shall paint, with what each costs. */
export function choose(request, onAsk) {
  const boxes = [];
  const hint = h("p", { class: "quiet small", role: "status" });
  const ask = h("button", { type: "button", class: "b main", onclick: () => {
    const names = boxes.filter(box => box.checked).map(box => box.value);
    if (names.length < 2) {
      hint.textContent = t("compareTooFew");
      return;
    }
    window.close();
    onAsk({ ...request, generators: names });
  } }, t("compareMake", 0));
  const count = () => { ask.textContent = t("compareMake", boxes.filter(box => box.checked).length); };
  const rows = state.generators.map(it => {
    const box = h("input", { type: "checkbox", value: it.name, checked: !it.problem && it.free, disabled: Boolean(it.problem), onchange: count });
    boxes.push(box);
    return h("label", { class: "check" }, box, nameOf(it), h("span", { class: "quiet" }, priceLine(it, 1)));
  });
  const window = dialog(t("compareTitle"), h("div", { class: "inline" }, h("h2", {}, t("compareTitle"))), h("p", { class: "quiet small" }, t("compareText")), ...rows, hint,
    h("div", { class: "acts" }, h("button", { type: "button", class: "b", onclick: () => window.close() }, t("close")), ask));
  count();
}

/** The same order for everybody who opens the address, but not the configuration's. */
function shuffled(jobs, id) {
  const rank = job => [...(id + job.generator)].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);
  return [...jobs].sort((a, b) => rank(a) - rank(b));
}

export async function compared(view, id) {
  const comparison = await api.comparison(id);
  const jobs = shuffled(comparison.jobs, id), first = jobs[0];
  const voted = kept().find(vote => vote.comparison === id);
  const done = jobs.every(job => !["queued", "running"].includes(job.status));
  const vote = choice => {
    keep([...kept().filter(each => each.comparison !== id), { comparison: id, generators: jobs.map(job => job.generator), choice }]);
    say(t("yours"));
    compared(view, id);
  };
  view.vote = index => { if (done && !kept().some(each => each.comparison === id) && index < jobs.length) vote(index < 0 ? null : jobs[index].generator); };
  view.replaceChildren(h("div", { id: "blind", class: voted ? "voted" : "" },
    h("a", { class: "b text back", href: "#" }, icon("left"), h("span", {}, t("backToAll"))),
    h("div", { class: "ask" }, h("div", {}, h("p", { class: "quiet small" }, t("voteAsk")), h("h1", {}, first.request.prompt ?? t("noWords"))), h("span", { class: "quiet small vote" }, t("voteHidden"))),
    h("div", { class: "side" }, ...jobs.map((job, index) => side(job, index, voted, done, () => vote(job.generator)))),
    h("div", { class: "side-foot", "aria-live": "polite" },
      done && !voted && h("button", { type: "button", class: "b vote", onclick: () => vote(null) }, t("voteSame")),
      done && !voted && h("button", { type: "button", class: "b vote", onclick: () => vote("") }, t("voteNone")),
      voted && h("span", { class: "who" }, t("votesSoFar", tally())),
      voted && h("button", { type: "button", class: "b text", onclick: save }, t("votesExport")),
      h("span", { class: "vote" }, t("votesKept")))));
  document.title = t("compare") + " · Triptych";
}

function side(job, index, voted, done, onVote) {
  const letter = LETTERS[index], picture = job.pictures[0], who = job.servedBy ?? generator(job.generator) ?? { name: job.generator };
  const facts = [job.cost ? money(job.cost.amount, job.cost.currency) : generator(job.generator)?.free ? t("factsFree") : t("makeUnknown"), ...(job.millis === undefined ? [] : [took(job.millis)])].join(" · ");
  const shown = picture ? h("img", { src: picture.url, alt: t("altLetter", letter) })
    : h("div", { class: "frame" }, h("p", { class: "hint" }, ["queued", "running"].includes(job.status) ? t("painting") : t("compareMissing")));
  return h("figure", { class: "piece" + (voted?.choice === job.generator ? " chosen" : "") },
    picture && voted ? h("a", { href: `#picture=${job.id}.0` }, shown) : shown,
    h("div", { class: "row" }, h("span", { class: "letter" }, letter), h("span", { class: "who" }, h("b", {}, nameOf(who)), h("span", { class: "quiet" }, facts)),
      h("span", { class: "mine" }, icon("tick"), h("span", {}, t("yours"))),
      done && picture && !voted && h("button", { type: "button", class: "b line vote", "aria-label": t("voteThisOf", letter), onclick: onVote }, t("voteThis"))));
}

function tally() {
  const counts = new Map();
  kept().filter(vote => vote.choice).forEach(vote => counts.set(vote.choice, (counts.get(vote.choice) ?? 0) + 1));
  return [...counts].map(([name, count]) => `${nameOf(generator(name)) || name} ${count}`).join(", ") || "0";
}

/** The votes in the form that ./triptych votes reads: a choice among several is one against each of the others. */
function save() {
  const votes = [];
  kept().forEach((vote, row) => vote.generators.filter(name => name !== vote.choice).forEach(other => {
    if (vote.choice) votes.push({ row, left: vote.choice, right: other, choice: "LEFT" });
  }));
  const blob = new Blob([JSON.stringify({ format: "triptych-votes/1", comparison: "studio", votes }, null, 1)], { type: "application/json" });
  const link = h("a", { href: URL.createObjectURL(blob), download: "triptych-votes.json" });
  link.click();
  URL.revokeObjectURL(link.href);
}
