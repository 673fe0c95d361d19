// The studio: a view of the jobs on the server. Reload it at any moment; nothing is lost.
import { api, listen, Refused } from "./api.js";
import { choose, compared } from "./compare.js";
import { build, easel, note, price, restore, startFrom, submit, take, wish } from "./composer.js";
import { byId, dialog, h, icon, say } from "./dom.js";
import { can, generator, state } from "./facts.js";
import { queue, reask, troubles, Wall } from "./lists.js";
import { editor } from "./mask.js";
import { opened } from "./opened.js";
import { language, setLanguage, t } from "./text.js";

const home = byId("home"), view = byId("view");
const jobs = new Map();
let wall, cursor, onEasel = null, troubled = [], spoken = "";

const TRIES = [["try-balloon.jpg", "a balloon over the mountains"], ["try-sailboat.jpg", "a sailboat on the sea at sunrise"], ["try-penguin.jpg", "a penguin in the snow"]];

/** Takes in the answer to a request of ours, which may be older than what the stream of events has told already. */
function took(job) {
  const known = jobs.get(job.id);
  const ended = known && known.status !== "queued" && known.status !== "running";
  if (!ended && !(known?.status === "running" && job.status === "queued")) jobs.set(job.id, job);
}

const actions = {
  async submit(request) {
    try {
      const job = await api.submit(request);
      took(job);
      onEasel = job.id;
      if (jobs.get(job.id).status === "completed") say(t("ready"));
      byId("composer-note")?.remove();
      if (!location.hash.startsWith("#edit") && location.hash.length > 1) location.hash = "";
      render();
      return true;
    } catch (error) {
      fail(error);
      return false;
    }
  },
  async cancel(job) {
    try {
      took(await api.cancel(job.id));
      render();
      byId("prompt")?.focus({ preventScroll: true });
    } catch (error) { fail(error); }
  },
  compare(request) {
    if (!request.prompt?.trim()) request = { ...request, prompt: t("promptHint") };
    delete request.generator;
    choose(request, async asked => {
      try {
        const comparison = await api.compare(asked);
        comparison.jobs.forEach(took);
        location.hash = "compare=" + comparison.id;
      } catch (error) { fail(error); }
    });
  },
  edit(picture) { location.hash = "edit=picture." + picture.id; },
  file: () => byId("file").click(),
  refresh: () => render(),
  words(job) {
    restore(job.request);
    byId("prompt").focus();
  },
};

function fail(error) {
  if (error instanceof Refused && error.status === 401) {
    signIn();
    return;
  }
  const text = t("refused", error.message);
  if (byId("start") && !home.hidden) note(text);
  else say(text);
}

/** Everything of the first page, in the chosen language. */
function frame() {
  document.querySelectorAll("[data-t]").forEach(element => { element.textContent = t(element.dataset.t); });
  byId("language").textContent = t("otherLanguage");
  byId("language").lang = language === "zh" ? "en" : "zh-Hans";
  byId("theme").setAttribute("aria-label", t("theme"));
  document.title = "Triptych";
  const first = wall?.page?.total === 0 && jobs.size === 0;
  const local = generator(state.standard)?.local && generator(state.standard)?.free;
  const own = generator(state.standard)?.model === "bundled";
  wall = wall ?? new Wall(h("section", { id: "pictures", "aria-label": t("pictures") }));
  home.replaceChildren(
    first ? h("div", { class: "hello" }, h("h1", {}, t("helloTitle")), h("p", {}, local ? t("helloText") : t("helloAway"))) : h("h1", { class: "only-read" }, t("pageTitle")),
    build(actions),
    first && own ? h("section", { "aria-labelledby": "h-try" }, h("div", { class: "bar-head" }, h("h2", { id: "h-try" }, t("tryTitle"))),
      h("div", { class: "tries" }, ...TRIES.map(([file, words]) => h("button", { type: "button", class: "try", onclick: () => {
        wish.prompt = words;
        byId("prompt").value = words;
        submit();
      } }, h("img", { src: "/studio/" + file, alt: "" }), h("span", {}, h("span", { class: "words", lang: "en" }, words), h("small", {}, t("tryThis")))))),
      h("p", { class: "quiet small tries-foot" }, t("tryFoot"))) : "",
    h("section", { id: "queue", hidden: true }),
    h("section", { id: "troubles", hidden: true }),
    wall.section);
  wall.build();
  wall.show();
  render();
}

const active = () => [...jobs.values()].filter(job => job.status === "queued" || job.status === "running").sort((a, b) => a.number - b.number);

function render() {
  if (!byId("frame")) return;
  const making = active();
  // Who is before whom changes with every job that ends; the page counts for itself.
  const waiting = making.filter(job => job.status === "queued");
  waiting.forEach(job => { job.progress = { phase: "waiting", ...job.progress, position: waiting.filter(other => other.generator === job.generator && other.number < job.number).length }; });
  let shown = jobs.get(onEasel);
  if (!shown || (shown.status !== "completed" && !making.includes(shown))) shown = making.find(job => job.status === "running") ?? making[0] ?? (shown?.status === "completed" ? shown : null);
  easel(shown, actions);
  queue(byId("queue"), making.filter(job => job !== shown), actions);
  troubles(byId("troubles"), troubled, actions);
  price();
}

function heard(kind, data) {
  if (kind === "gap") {
    reload();
    return;
  }
  if (kind === "progress") {
    const job = jobs.get(data.id);
    if (job && (job.status === "queued" || job.status === "running")) {
      job.progress = data.progress;
      speak(job);
      render();
    }
    return;
  }
  const before = jobs.get(data.id)?.status;
  jobs.set(data.id, data);
  if (data.status === "completed" && before !== "completed") {
    if (data.id === onEasel) say(t("ready"));
    wall.load();
    facts();
  } else if ((data.status === "failed" || data.status === "unknown") && before !== data.status) {
    troubled = [data, ...troubled.filter(job => job.id !== data.id)];
    facts();
  }
  render();
  if (data.comparison && location.hash === "#compare=" + data.comparison) route();
}

/** Progress is spoken at the start and at half; the end says itself. */
function speak(job) {
  if (job.id !== onEasel || !(job.progress?.total > 0)) return;
  const half = job.progress.step * 2 >= job.progress.total, mark = job.id + half;
  if (spoken !== mark) {
    spoken = mark;
    say(half ? t("halfDone") : t("painting"));
  }
}

async function facts() {
  try {
    Object.assign(state, await api.generators().then(answer => ({ generators: answer.generators, standard: answer.default, budget: answer.budget ?? null })));
    price();
  } catch (error) { fail(error); }
}

async function reload() {
  const [open, bad] = await Promise.all([api.jobs({ status: "queued,running", limit: 200 }), api.jobs({ status: "failed,unknown", limit: 10 })]);
  [...jobs.values()].filter(job => job.status === "queued" || job.status === "running").forEach(job => jobs.delete(job.id));
  open.jobs.forEach(job => jobs.set(job.id, job));
  troubled = bad.jobs;
  cursor = open.events;
  await wall.load();
  render();
}

/** The address says what is shown: the first page, a picture, a mask, a comparison. */
async function route() {
  const [kind, what] = location.hash.slice(1).split("=");
  view.keys = view.undo = view.vote = null;
  const inner = Boolean(what);
  home.hidden = inner;
  view.hidden = !inner;
  if (!inner) {
    view.replaceChildren();
    document.title = "Triptych";
    render();
    return;
  }
  try {
    const [id, index] = what.split(".");
    if (kind === "picture") await opened(view, id, Number(index ?? 0), actions);
    else if (kind === "compare") await compared(view, id);
    else if (kind === "edit" && id === "picture") await editUploaded(index);
    else if (kind === "edit") await editMade(id, Number(index ?? 0));
    else location.hash = "";
  } catch (error) {
    if (error instanceof Refused && error.status === 404) location.hash = "";
    else fail(error);
  }
}

async function editMade(id, index) {
  const job = await api.job(id), picture = job.pictures[index];
  const base = reask(job, can(generator(job.generator), "inpainting") ? job.generator : state.generators.find(it => can(it, "inpainting"))?.name ?? job.generator);
  delete base.inputs;
  delete base.mask;
  delete base.strength;
  editor(view, picture, base, `#picture=${id}.${index}`, actions);
}

async function editUploaded(id) {
  const image = new Image();
  image.src = "/api/pictures/" + id;
  await image.decode();
  editor(view, { id, url: image.src, width: image.naturalWidth, height: image.naturalHeight }, { generator: wish.generator, prompt: wish.prompt }, "#", actions);
}

function signIn() {
  if (document.querySelector("dialog")) return;
  const wrong = h("p", { class: "problem small", role: "alert" });
  const token = h("input", { type: "text", id: "token", autocomplete: "off", "aria-label": t("signInTitle") });
  dialog(t("signInTitle"), h("form", { class: "signin", onsubmit: async event => {
    event.preventDefault();
    try {
      await api.signIn(token.value.trim());
      location.reload();
    } catch { wrong.textContent = t("signInWrong"); }
  } }, h("div", { class: "inline" }, h("h2", {}, t("signInTitle"))), h("p", { class: "quiet small" }, t("signInText")), token, wrong, h("div", { class: "acts" }, h("button", { class: "b main", type: "submit" }, t("signInDo")))));
}

const single = () => { try { return localStorage.getItem("triptych.keys") !== "off"; } catch { return true; } };

function keys() {
  if (document.querySelector("dialog")) return;
  const rows = [["keyMake", "Ctrl Enter"], ["keyPrompt", "/"], ["keyCancel", "Esc"], ["keyOpen", "Enter Esc"], ["keyMove", "← →"], ["again", "A"], ["vary", "V"], ["edit", "E"], ["upscale", "U"], ["compare", "C"], ["download", "D"],
    ["keyVote", "1 2 3 0"], ["keyBrush", "B X"], ["keyBrushSize", "[ ]"], ["keyUndo", "Ctrl Z"], ["invert", "I"], ["keyZoom", "+ −"], ["keyList", "?"]];
  const box = h("input", { type: "checkbox", checked: single(), onchange: event => { try { localStorage.setItem("triptych.keys", event.target.checked ? "on" : "off"); } catch { /* For this page only. */ } } });
  const window = dialog(t("keysTitle"), h("div", { class: "inline" }, h("h2", {}, t("keysTitle")), h("button", { type: "button", class: "b square", "aria-label": t("close"), onclick: () => window.close() }, icon("x"))),
    h("ul", { class: "keys" }, ...rows.map(([key, names]) => h("li", {}, h("span", {}, t(key)), h("span", {}, ...names.split(" ").flatMap((name, i) => i ? [" ", h("kbd", {}, name)] : [h("kbd", {}, name)]))))),
    h("label", { class: "check" }, box, t("singleKeys")));
}

function moveBy(step) {
  const at = wall.pieces.findIndex(piece => piece.address === location.hash);
  const next = wall.pieces[at + step];
  if (at >= 0 && next) location.replace(next.address);
}

addEventListener("keydown", event => {
  if (document.querySelector("dialog")) return;
  const typing = event.target.closest?.("input, textarea, select");
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    event.preventDefault();
    if (view.hidden) submit();
    else byId("make-edit")?.click();
    return;
  }
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && view.undo && !typing) {
    event.preventDefault();
    view.undo(event.shiftKey);
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    if (typing) typing.blur();
    else if (!view.hidden) location.hash = "";
    else {
      const newest = active().pop();
      if (newest) actions.cancel(newest);
    }
    return;
  }
  if (typing || !single()) return;
  if (view.keys?.(event)) return;
  if (event.key === "/" && view.hidden) {
    event.preventDefault();
    byId("prompt").focus();
  } else if (event.key === "?") keys();
  else if (event.key === "ArrowLeft") moveBy(-1);
  else if (event.key === "ArrowRight") moveBy(1);
  else if (/^[0-9]$/.test(event.key)) view.vote?.(Number(event.key) - 1);
  else {
    const doing = { a: "again", v: "vary", e: "edit", u: "upscale", c: "compare", d: "download" }[event.key.toLowerCase()];
    if (doing) view.querySelector(`[data-doing="${doing}"]`)?.click();
  }
});

// A file may be dropped anywhere, pasted, or chosen.
let veil = null;
const carriesFile = event => [...(event.dataTransfer?.types ?? [])].includes("Files");
addEventListener("dragenter", event => {
  if (!carriesFile(event) || veil) return;
  veil = h("aside", { class: "veil deep", "aria-label": t("dropTitle") }, h("div", { class: "dropping" }, icon("drop"), h("h2", {}, t("dropTitle")), h("p", {}, t("dropText"))));
  document.body.append(veil);
});
addEventListener("dragover", event => { if (carriesFile(event)) event.preventDefault(); });
addEventListener("dragleave", event => { if (!event.relatedTarget) { veil?.remove(); veil = null; } });
addEventListener("drop", event => {
  veil?.remove();
  veil = null;
  if (!carriesFile(event)) return;
  event.preventDefault();
  takeFile(event.dataTransfer.files[0]);
});
addEventListener("paste", event => {
  const file = [...(event.clipboardData?.files ?? [])].find(each => each.type.startsWith("image/"));
  if (file) takeFile(file);
});
byId("file").addEventListener("change", event => {
  if (event.target.files[0]) takeFile(event.target.files[0]);
  event.target.value = "";
});

async function takeFile(file) {
  if (location.hash.length > 1) {
    location.hash = "";
    await route();
  }
  try { await take(file); } catch (error) { fail(error); }
}

byId("language").addEventListener("click", () => {
  setLanguage(language === "zh" ? "en" : "zh");
  frame();
  route();
});
byId("theme").addEventListener("click", () => {
  const dark = document.documentElement.dataset.theme ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "light" : "dark";
  try { localStorage.setItem("triptych.theme", document.documentElement.dataset.theme); } catch { /* For this page only. */ }
});
byId("keys-button").addEventListener("click", keys);
addEventListener("hashchange", route);
document.querySelector(".skip").addEventListener("click", event => {
  event.preventDefault();
  byId("prompt")?.focus();
});

// Seconds that pass while nothing else tells of a job.
setInterval(() => { if (active().some(job => !(job.progress?.total > 0))) render(); }, 1000);

async function begin() {
  wall = new Wall(h("section", { id: "pictures", "aria-label": t("pictures") }));
  wall.build();
  await facts();
  if (!state.generators.length) return;
  await reload();
  frame();
  await route();
  let wasGone = false;
  listen(cursor, heard, connected => {
    const line = byId("gone");
    line.hidden = connected;
    line.textContent = connected ? "" : t("gone");
    if (connected && wasGone) reload().catch(() => {});
    wasGone = !connected;
  });
}

begin().catch(fail);
export { startFrom };
