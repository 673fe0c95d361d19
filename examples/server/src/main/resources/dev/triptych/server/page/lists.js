// What is being made, what needs a look, and the wall of pictures.
import { api } from "./api.js";
import { byId, h, icon } from "./dom.js";
import { byLine, generator, iconOf, nameOf, state } from "./facts.js";
import { progressLine } from "./composer.js";
import { money, t } from "./text.js";

const PAGE = 24;

/** One row a job; rows are kept, so that a focused button stays. */
export function queue(section, jobs, actions) {
  section.hidden = jobs.length === 0;
  if (!jobs.length) {
    section.replaceChildren();
    return;
  }
  if (!section.firstChild) {
    section.append(
      h("div", { class: "bar-head" }, h("h2", { id: "h-queue" }, t("queue")), h("span", { class: "quiet small" }, t("queueFoot"))),
      h("ul", { class: "queue" }));
  }
  const list = section.querySelector("ul");
  const rows = new Map([...list.children].map(row => [row.dataset.id, row]));
  jobs.forEach((job, index) => {
    const row = rows.get(job.id) ?? newRow(job, actions);
    rows.delete(job.id);
    if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
    row.querySelector(".state > span").textContent = progressLine(job);
    const bar = row.querySelector(".bar"), progress = job.progress ?? {};
    bar.hidden = !(progress.total > 0);
    if (progress.total > 0) bar.firstElementChild.style.width = Math.round(100 * progress.step / progress.total) + "%";
    if (progress.preview) {
      const thumb = row.querySelector(".thumb");
      const image = thumb.querySelector("img") ?? h("img", { alt: "" });
      image.src = progress.preview;
      thumb.replaceChildren(image);
    }
  });
  rows.forEach(row => row.remove());
}

function newRow(job, actions) {
  return h("li", { "data-id": job.id },
    h("span", { class: "thumb" }, icon(iconOf(generator(job.generator)))),
    h("span", { class: "words" }, job.request.prompt ?? t("noWords")),
    h("span", { class: "state" }, h("span", {}, ""), h("span", { class: "bar", hidden: true }, h("i"))),
    h("button", { type: "button", class: "b square", "aria-label": t("cancelThis") + ": " + (job.request.prompt ?? ""), onclick: () => actions.cancel(job) }, icon("x")));
}

const dismissed = () => { try { return JSON.parse(localStorage.getItem("triptych.dismissed") ?? "[]"); } catch { return []; } };

/** Jobs that ended without a picture: what happened, what it cost, what to do. */
export function troubles(section, jobs, actions) {
  const put = dismissed();
  const shown = jobs.filter(job => !put.includes(job.id)).slice(0, 5);
  section.hidden = shown.length === 0;
  section.replaceChildren();
  if (!shown.length) return;
  section.append(h("div", { class: "bar-head" }, h("h2", {}, t("troubles"))),
    h("div", { class: "troubles" }, ...shown.map(job => trouble(job, actions))));
}

const KINDS = {
  authentication: ["Authentication", "key"], content_rejected: ["Rejected", "stop"], budget_exceeded: ["Budget", "stop"],
  unavailable: ["Unavailable", "away"], rate_limited: ["Limited", "away"], unsupported: ["Unsupported", "note"], model_load: ["Model", "note"],
};

function trouble(job, actions) {
  const [kind, sign] = job.status === "unknown" ? ["Unknown", "ask"] : KINDS[job.error?.code] ?? ["Other", "note"];
  const who = generator(job.generator);
  const hints = ["Authentication", "Rejected", "Budget", "Unknown", "Unavailable", "Limited"];
  const free = state.generators.find(each => each.free && each.name !== job.generator);
  const put = () => {
    try { localStorage.setItem("triptych.dismissed", JSON.stringify([job.id, ...dismissed()].slice(0, 200))); } catch { /* It comes back next time. */ }
    actions.refresh();
  };
  return h("article", { class: "trouble" },
    h("div", { class: "pic" }, icon(sign)),
    h("div", {},
      h("p", { class: "words small" }, job.request.prompt ?? t("noWords")),
      h("h3", {}, t("trouble" + kind, nameOf(who) || job.generator)),
      h("p", {}, hints.includes(kind) ? t("hint" + kind) : job.error?.message ?? ""),
      h("p", { class: "charged" }, !job.error?.mayBeBilled ? t("nothingCharged") : who?.price
        ? t("mayBeChargedAtMost", money(Number(who.price.amount) * (job.request.count ?? 1), who.price.currency)) : t("mayBeCharged")),
      hints.includes(kind) && h("details", { class: "details" }, h("summary", {}, t("details")), h("p", {}, job.error?.message ?? "")),
      h("div", { class: "inline" },
        free && kind !== "Rejected" && h("button", { type: "button", class: "b line", onclick: () => { put(); actions.submit(reask(job, free.name)); } }, t("doHere", nameOf(free))),
        kind === "Rejected" && h("button", { type: "button", class: "b line", onclick: () => actions.words(job) }, t("doWords")),
        h("button", { type: "button", class: "b text", onclick: () => { put(); actions.submit(reask(job, job.generator)); } }, t(kind === "Unknown" ? "doAgainRisk" : "doAgain")),
        h("button", { type: "button", class: "b text", onclick: put }, t("dismiss")))));
}

/** The request of a job, to be asked again. */
export function reask(job, generatorName) {
  const request = { ...job.request, generator: generatorName };
  if (job.inputs) request.inputs = job.inputs;
  if (job.mask) request.mask = job.mask;
  return request;
}

/** The wall: pictures by the page, newest first. */
export class Wall {
  constructor(section) {
    this.section = section;
    this.cursors = [null];
    this.text = "";
    this.pieces = [];
  }

  build() {
    this.list = h("div", { class: "wall", id: "wall" });
    this.pages = h("nav", { class: "pages", "aria-label": t("pagesLabel") });
    this.section.replaceChildren(
      h("div", { class: "bar-head" }, h("h2", {}, t("pictures")),
        h("div", { class: "find" }, icon("find"), h("input", { type: "search", id: "find", placeholder: t("find"), "aria-label": t("find"), value: this.text, oninput: event => this.find(event.target.value) }))),
      this.list, this.pages);
  }

  find(text) {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => {
      this.text = text.trim();
      this.cursors = [null];
      this.load();
    }, 250);
  }

  async load() {
    const before = this.cursors[this.cursors.length - 1];
    const asked = this.text;
    const page = await api.jobs({ status: "completed", limit: PAGE, ...(before ? { before } : {}), ...(asked ? { q: asked } : {}) });
    if (asked !== this.text) return;
    this.page = page;
    this.show();
  }

  show() {
    if (!this.page || !this.list) return;
    const { jobs, total, more, next } = this.page;
    this.section.hidden = total === 0 && !this.text;
    this.pieces = jobs.flatMap(job => job.pictures.map((picture, index) => ({ job, picture, address: `#picture=${job.id}.${index}` })));
    this.list.replaceChildren(...this.pieces.map(piece));
    if (!jobs.length && this.text) this.list.append(h("p", { class: "empty" }, t("nothingFound")));
    const first = (this.cursors.length - 1) * PAGE;
    this.pages.hidden = !more && this.cursors.length === 1;
    this.pages.replaceChildren(
      h("button", { type: "button", class: "b square", "aria-label": t("newer"), disabled: this.cursors.length === 1, onclick: () => { this.cursors.pop(); this.load(); } }, icon("left")),
      h("span", {}, t("pageOf", first + 1, first + jobs.length, total)),
      h("button", { type: "button", class: "b square", "aria-label": t("older"), disabled: !more, onclick: () => { this.cursors.push(next); this.load(); } }, icon("right")));
  }
}

function piece({ job, picture, address }) {
  const said = job.servedBy && job.servedBy.name !== job.generator ? t("saidFellBack") : job.warnings.some(each => each.kind === "adapted" || each.kind === "truncated") ? t("saidAdapted") : "";
  const words = job.request.prompt ?? t("noWords");
  return h("figure", { class: "piece" },
    h("a", { href: address }, h("img", { src: picture.thumbnail, alt: words, loading: "lazy", width: "256", height: "256" })),
    h("figcaption", {}, h("p", { class: "words" }, words), h("p", { class: "fact" }, byLine(job, picture), said ? [" · ", h("span", { class: "said" }, said)] : null)));
}

export { byId };
