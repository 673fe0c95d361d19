// One picture, with an address of its own: what it is, how it came about, what can be done with it.
import { api } from "./api.js";
import { h, icon, say } from "./dom.js";
import { asCurl, asJava, asYaml } from "./code.js";
import { can, generator, nameOf, remarks, state } from "./facts.js";
import { reask } from "./lists.js";
import { bytes, money, size, t, took, when } from "./text.js";

export async function opened(view, id, index, actions) {
  const job = await api.job(id);
  const picture = job.pictures[index];
  if (!picture) {
    location.hash = "";
    return;
  }
  const it = generator(job.generator), words = job.request.prompt ?? t("noWords");
  const made = job.servedBy ?? { name: job.generator };
  const others = await alike(job);
  view.replaceChildren(
    h("a", { class: "b text back", href: "#" }, icon("left"), h("span", {}, t("backToAll"))),
    h("article", { class: "opened" },
      h("div", {},
        h("div", { class: "hang" }, h("img", { src: picture.url, alt: words, width: picture.width, height: picture.height })),
        others.length > 1 && h("div", { class: "strip", role: "group", "aria-label": t("sameWords") }, ...others.map(other =>
          h("button", { type: "button", "aria-current": other.picture.id === picture.id && other.job.id === job.id ? "true" : null, onclick: () => location.replace(`#picture=${other.job.id}.${other.index}`) },
            h("img", { src: other.picture.thumbnail, alt: other.picture.seed === undefined ? words : String(other.picture.seed) }))))),
      h("div", { class: "label" },
        h("h1", {}, words),
        h("p", { class: "made" }, t(made.local ? "madeHere" : "madeAway", when(job.endedAt ?? job.createdAt), nameOf(made))),
        h("div", { class: "told" }, ...[...remarks(job), ...(job.cached ? [t("madeCached")] : [])].map(text =>
          h("div", { class: "note", role: "note" }, icon("note"), h("span", {}, text)))),
        h("div", { class: "doings" },
          doing("again", "again", "againSub", () => actions.submit(again(job))),
          can(it, "image_to_image") && doing("vary", "vary", "varySub", () => actions.submit(vary(job, picture, it))),
          can(it, "inpainting") && doing("brush", "edit", "editSub", () => { location.hash = `edit=${job.id}.${index}`; }),
          can(it, "upscale") && picture.imageId && doing("large", "upscale", "upscaleSub", () => actions.submit({ generator: job.generator, reference: { providerId: made.provider, imageId: picture.imageId, operation: "UPSCALE" } })),
          state.generators.length > 1 && doing("side", "compare", "compareSub", () => actions.compare({ ...again(job), seed: picture.seed })),
          h("a", { class: "b line", href: picture.url + "?download=1", "data-doing": "download" }, icon("save"), h("span", {}, t("download")), h("small", {}, picture.mediaType.split("/")[1].toUpperCase() + " · " + bytes(picture.bytes)))),
        facts(job, picture, made),
        code(job, picture, it))));
  document.title = words + " · Triptych";
}

const doing = (sign, key, sub, onclick) => h("button", { type: "button", class: "b line", "data-doing": key, onclick }, icon(sign), h("span", {}, t(key)), h("small", {}, t(sub)));

/** The same words, another picture. */
function again(job) {
  const request = reask(job, job.generator);
  delete request.seed;
  delete request.count;
  return request;
}

/** The same picture, painted over a little. */
function vary(job, picture, it) {
  const request = again(job);
  delete request.mask;
  delete request.size;
  request.inputs = [picture.id];
  if (it.capabilities.honoured.includes("strength")) request.strength = 0.5;
  return request;
}

/** Pictures of the same words, this job's first. */
async function alike(job) {
  if (!job.request.prompt) return [];
  const found = await api.jobs({ status: "completed", limit: 24, q: job.request.prompt.slice(0, 200) }).catch(() => ({ jobs: [] }));
  return found.jobs.filter(other => other.request.prompt === job.request.prompt)
    .flatMap(other => other.pictures.map((picture, index) => ({ job: other, picture, index }))).slice(0, 8);
}

function facts(job, picture, made) {
  const rows = [[t("generator"), nameOf(made)], [t("size"), size(picture.width, picture.height)]];
  if (picture.seed !== undefined) rows.push([t("seed"), job.request.seed === undefined ? t("factDrawn", picture.seed) : String(picture.seed)]);
  for (const [field, key] of [["steps", "steps"], ["guidanceScale", "follow"], ["strength", "strengthFact"]]) {
    const value = job.effective?.[field] ?? job.request[field];
    if (value !== undefined) rows.push([t(key), job.request[field] === undefined ? t("fact", value) : String(value)]);
  }
  const method = job.effective?.options?.["local.scheduler"];
  if (method) rows.push([t("method"), job.request.options?.["local.scheduler"] ? method : t("fact", method)]);
  if (job.millis !== undefined) rows.push([t("time"), took(job.millis)]);
  const free = generator(job.generator)?.free ?? made.local;
  const list = h("dl", { class: "said-list" }, ...rows.flatMap(([term, value]) => [h("dt", {}, term), h("dd", {}, value)]));
  list.append(h("dt", {}, t("cost")), h("dd", { class: free && !job.cost ? "free" : null }, job.cost ? money(job.cost.amount, job.cost.currency) : free ? t("factsFree") : t("costUnknown")));
  return list;
}

function code(job, picture, it) {
  const texts = { Java: asJava(job, picture), curl: asCurl(job, picture), YAML: asYaml(job, picture, it) };
  const box = h("pre", { tabindex: "0", id: "code", role: "tabpanel", "aria-label": t("copyAs") }, texts.Java);
  const tabs = h("div", { class: "choices", role: "tablist", "aria-label": t("copyAs") });
  const choose = (name, focus) => {
    box.textContent = texts[name];
    [...tabs.children].forEach(tab => {
      const chosen = tab.textContent === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      if (chosen && focus) tab.focus();
    });
  };
  Object.keys(texts).forEach((name, index, all) => tabs.append(h("button", { type: "button", role: "tab", "aria-selected": String(index === 0), "aria-controls": "code", tabindex: index === 0 ? "0" : "-1",
    onclick: () => choose(name, false),
    onkeydown: event => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) {
        event.stopPropagation();
        choose(all[(index + step + all.length) % all.length], true);
      }
    } }, name)));
  const copy = h("button", { type: "button", class: "b line", onclick: async () => {
    await navigator.clipboard?.writeText(box.textContent).catch(() => {});
    copy.textContent = t("copied");
    say(t("copied"));
    setTimeout(() => { copy.textContent = t("copyIt"); }, 1500);
  } }, t("copyIt"));
  return h("div", { class: "copy" }, h("div", { class: "bar-head" }, h("h2", {}, t("copyAs")), tabs, copy), box);
}
