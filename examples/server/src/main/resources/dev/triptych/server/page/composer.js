// The words on the left, the frame that they will fill on the right, and what the generator can, behind one switch.
import { api } from "./api.js";
import { byId, h, icon, radios, say } from "./dom.js";
import { beyondBudget, can, factsOf, generator, honours, iconOf, longOf, nameOf, priceLine, remarks, standardSize, state, leftToday } from "./facts.js";
import { money, size, t, time } from "./text.js";

const RATIOS = { square: 1, wide: 3 / 2, tall: 2 / 3 };
const SCHEDULERS = ["DDIM", "Euler", "Euler a", "DPM++ 2M", "DPM++ 2M Karras", "DPM++ SDE", "Heun", "LMS", "UniPC", "PNDM", "LCM"];

/** What is asked for; settings hold only what differs from the usual. */
export const wish = { prompt: "", shape: "square", count: 1, generator: "", settings: {}, options: {}, size: null, start: null, more: false };

let events = {};

/** events: submit(request), edit(picture), compare(request), file(). */
export function build(handlers) {
  events = handlers;
  if (!wish.generator) wish.generator = state.standard;
  const prompt = h("textarea", {
    class: "prompt", id: "prompt", placeholder: t("promptHint"), spellcheck: "true", value: wish.prompt,
    oninput: event => { wish.prompt = event.target.value; price(); },
  });
  const form = h("form", { class: "composer", "aria-label": t("make"), onsubmit: event => { event.preventDefault(); submit(); } },
    h("div", { class: "say" },
      h("label", { for: "prompt" }, t("promptLabel")),
      prompt,
      h("div", { class: "rows" },
        h("span", { class: "l" }, t("shape")),
        h("div", { class: "inline" },
          radios(t("shape"), ["square", "wide", "tall"].map(value => ({ value, content: [h("i", { class: "shape " + value }), t(value)] }))
            .map(choice => ({ ...choice, content: h("span", { class: "inline-shape" }, ...choice.content) })), wish.shape, value => {
            wish.shape = value;
            wish.size = null;
            byId("frame").dataset.shape = value;
            settings();
          }),
          radios(t("count"), [1, 2, 4].map(value => ({ value, label: t("count" + value), content: String(value) })), wish.count, value => { wish.count = value; price(); })),
        h("span", { class: "l" }, t("generator")),
        h("div", { class: "gen-at", id: "gen-at" })),
      h("div", { class: "start", id: "start", hidden: true }),
      h("div", { class: "go" },
        h("button", { type: "button", class: "b", id: "more-button", "aria-expanded": String(wish.more), "aria-controls": "more", onclick: toggleMore }, icon("more"), h("span", {}, t("more"))),
        h("button", { type: "button", class: "b", onclick: () => events.file() }, icon("drop"), h("span", {}, t("startFrom"))),
        h("span", { class: "space" }),
        h("button", { type: "submit", class: "b main make", id: "make" }, h("span", {}, t("make")), h("small", { id: "make-price" })))),
    h("div", { class: "easel", role: "group", "aria-label": t("easel"), id: "easel" },
      h("div", { class: "frame", id: "frame", "data-shape": wish.shape }, h("p", { class: "hint" }, t("frameHint")))),
    h("div", { class: "more", id: "more", hidden: !wish.more }));
  queueMicrotask(() => { chosen(); start(); settings(); });
  return form;
}

const it = () => generator(wish.generator);

/** The button that says who paints; its list opens below and never covers it. */
function chosen() {
  const at = byId("gen-at");
  const list = h("div", { class: "pop gens", id: "gens", role: "radiogroup", "aria-label": t("generator"), hidden: true });
  const button = h("button", { type: "button", class: "gen", "aria-expanded": "false", "aria-controls": "gens", onclick: () => toggle(list.hidden) },
    icon(iconOf(it())), h("span", {}, h("span", { class: "only-read" }, t("generator") + ": "), h("b", {}, nameOf(it())), h("small", {}, it() ? factsOf(it()) : "")), icon("down"));
  const toggle = open => {
    list.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (open) (list.querySelector('[aria-checked="true"]') ?? list.firstElementChild).focus();
  };
  const choose = name => {
    wish.generator = name;
    toggle(false);
    chosen();
    settings();
    start();
    byId("gen-at").querySelector(".gen").focus();
  };
  state.generators.forEach((each, index) => list.append(h("button", {
    type: "button", role: "radio", "aria-checked": String(each.name === wish.generator), tabindex: each.name === wish.generator ? "0" : "-1",
    onclick: () => choose(each.name),
    onkeydown: event => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        list.querySelectorAll("[role=radio]")[(index + step + state.generators.length) % state.generators.length].focus();
      } else if (event.key === "Escape") {
        event.stopPropagation();
        toggle(false);
        button.focus();
      }
    },
  }, icon(iconOf(each)), h("span", {}, h("b", {}, nameOf(each)), h("p", {}, longOf(each))), costOf(each), icon("tick", "tick"))));
  if (state.generators.length > 1) {
    list.append(h("div", { class: "foot inline" }, h("span", {}, t("gensFoot")),
      h("button", { type: "button", class: "b text", onclick: () => { toggle(false); events.compare(request()); } }, icon("side"), h("span", {}, t("several")))));
  }
  at.replaceChildren(button, list);
  at.onfocusout = event => { if (!at.contains(event.relatedTarget)) toggle(false); };
}

function costOf(each) {
  const cost = h("span", { class: "cost" });
  if (each.problem) return cost;
  if (each.free) {
    cost.append(h("span", { class: "free" }, t("free")));
    if (each.millisPerPicture) cost.append(h("br"), h("span", { class: "quiet" }, t("perPicture", time(each.millisPerPicture))));
    return cost;
  }
  cost.append(h("span", {}, each.price ? t("pricePerPicture", money(each.price.amount, each.price.currency)) : t("makeUnknown")));
  if (leftToday() !== null) {
    const bar = h("i");
    bar.style.width = Math.round(100 * Number(state.budget.today.left) / Math.max(1e-9, Number(state.budget.today.limit))) + "%";
    cost.append(h("div", { class: "bar" }, bar),
      h("span", { class: "quiet" }, t("budgetLeft", money(state.budget.today.left, state.budget.currency), money(state.budget.today.limit, state.budget.currency))));
  }
  return cost;
}

function toggleMore() {
  wish.more = !wish.more;
  byId("more").hidden = !wish.more;
  byId("more-button").setAttribute("aria-expanded", String(wish.more));
}

/** The price on Make, and whether it can be clicked. */
export function price() {
  const make = byId("make");
  if (!make) return;
  byId("make-price").textContent = priceLine(it(), wish.count);
  make.disabled = Boolean(!it() || it().problem || beyondBudget(it(), wish.count));
}

/** The picture to start from. */
function start() {
  const row = byId("start");
  row.hidden = !wish.start;
  if (!wish.start) {
    row.replaceChildren();
    return;
  }
  const possible = can(it(), "image_to_image") || can(it(), "variation");
  row.replaceChildren(
    h("img", { src: "/api/pictures/" + wish.start.id + "/thumbnail", alt: t("startLabel") }),
    h("span", { class: possible ? "" : "problem" }, possible ? t("startLabel") : t("startNot", nameOf(it()))),
    can(it(), "inpainting") && h("button", { type: "button", class: "b line", onclick: () => events.edit(wish.start) }, icon("brush"), t("startPaint")),
    h("button", { type: "button", class: "b square", "aria-label": t("startRemove"), onclick: () => { wish.start = null; start(); settings(); byId("prompt").focus(); } }, icon("x")));
}

/** More settings: what this generator can, and nothing else. */
function settings() {
  price();
  const more = byId("more");
  if (!it() || it().problem) {
    more.replaceChildren();
    return;
  }
  const grid = h("div", { class: "grid" }, ...fields().filter(Boolean));
  const missing = ["negativePrompt:avoid", "seed:seed", "steps:steps", "guidanceScale:follow", "quality:quality", "style:style", "background:background", "outputFormat:format"]
    .map(pair => pair.split(":")).filter(([field]) => !honours(it(), field)).map(([, key]) => t(key));
  more.replaceChildren(
    h("div", { class: "inline" }, h("h2", {}, t("moreTitle")), h("span", { class: "quiet small" }, t("moreSub", nameOf(it()))),
      h("button", { type: "button", class: "b text", onclick: () => { wish.settings = {}; wish.options = {}; wish.size = null; settings(); } }, t("reset"))),
    grid,
    missing.length ? h("p", { class: "not" }, t("notHere", nameOf(it()), missing.join(", "))) : null);
}

function fields() {
  const sizes = it().capabilities.sizes;
  return [
    honours(it(), "negativePrompt") && field("avoid", "negativePrompt", "wide2", id =>
      h("input", { type: "text", id, class: "words", placeholder: t("avoidHint"), value: wish.settings.negativePrompt ?? "", oninput: set("negativePrompt", String) }), t("avoidHelp")),
    honours(it(), "seed") && field("seed", "seed", "", id => {
      const input = h("input", { type: "number", id, min: "0", step: "1", value: wish.settings.seed ?? "", oninput: set("seed", Number) });
      return h("div", { class: "with" }, input, h("button", { type: "button", class: "b line square", "aria-label": t("seedNew"), onclick: () => {
        wish.settings.seed = crypto.getRandomValues(new Uint32Array(1))[0];
        input.value = wish.settings.seed;
      } }, icon("vary")));
    }, t("seedHelp")),
    honours(it(), "steps") && field("steps", "steps", "", id => slide(id, "steps", 1, 60, 1, t("steps")), help("stepsHelp", it().usual?.steps)),
    honours(it(), "guidanceScale") && field("follow", "guidanceScale", "", id => slide(id, "guidanceScale", 1, 15, 0.5, t("follow")), help("followHelp", it().usual?.guidanceScale)),
    honours(it(), "strength") && wish.start && field("far", "strength", "", id => slide(id, "strength", 0, 1, 0.05, t("far")), t("farHelp")),
    honours(it(), "size") && field("size", "width × height", "", sizeControl, t("sizeHelp", sizes.standard.replace("x", " × "), sizes.description)),
    choice("quality", "quality", it().capabilities.qualities),
    choice("style", "style", it().capabilities.styles),
    choice("background", "background", it().capabilities.backgrounds),
    choice("format", "outputFormat", it().capabilities.outputFormats),
    honours(it(), "compression") && field("compression", "compression", "", id => slide(id, "compression", 0, 100, 1, t("compression")), ""),
    ...it().capabilities.options.filter(option => !option.endsWith("*")).map(option),
  ];
}

function sizeControl(id) {
  const rule = it().capabilities.sizes, shape = wished();
  if (rule.fixed.length) {
    return h("select", { id, onchange: event => { wish.size = event.target.value ? event.target.value.split("x").map(Number) : null; } },
      h("option", { value: "" }, t("chosenByIt")), ...rule.fixed.map(each => h("option", { value: each, selected: wish.size?.join("x") === each }, each.replace("x", " × "))));
  }
  const side = (name, index) => h("input", {
    type: "number", id: index ? null : id, "aria-label": t(name), min: rule.minEdge, max: rule.maxEdge, step: rule.multipleOf, value: wish.size?.[index] ?? shape[name],
    onchange: event => {
      const now = wish.size ?? [shape.width, shape.height];
      now[index] = Number(event.target.value);
      wish.size = now[0] > 0 && now[1] > 0 ? now : null;
    },
  });
  return h("div", { class: "with" }, side("width", 0), side("height", 1));
}

function option(name) {
  const usual = it().usual?.["options." + name];
  const keep = value => { if (value === "") delete wish.options[name]; else wish.options[name] = value; };
  if (name.endsWith(".scheduler")) {
    return field("method", name, "", id => h("select", { id, onchange: event => keep(event.target.value) },
      h("option", { value: "" }, t("methodUsual")),
      ...[...new Set([...SCHEDULERS, ...(wish.options[name] ? [wish.options[name]] : [])])].map(each => h("option", { value: each, selected: wish.options[name] === each }, each))), help("methodHelp", usual));
  }
  if (name.endsWith(".guidance-rescale")) {
    return field("rescale", name, "", id => h("input", { type: "number", id, min: "0", max: "1", step: "0.05", value: wish.options[name] ?? "", placeholder: usual ?? "", oninput: event => keep(event.target.value) }), help("rescaleHelp", usual));
  }
  return field(null, name, "", id => h("input", { type: "text", id, value: wish.options[name] ?? "", placeholder: usual ?? "", oninput: event => keep(event.target.value.trim()) }), t("otherOption"));
}

function choice(key, name, words) {
  if (!honours(it(), name)) return null;
  return field(key, name, "", id => words.length
    ? h("select", { id, onchange: set(name, String) }, h("option", { value: "" }, t("chosenByIt")), ...words.map(word => h("option", { value: word, selected: wish.settings[name] === word }, word)))
    : h("input", { type: "text", id, value: wish.settings[name] ?? "", oninput: set(name, String) }), key === "quality" ? t("qualityHelp") : "");
}

function field(key, technical, more, control, helpText) {
  const id = "f-" + technical.replace(/[^a-zA-Z]/g, "-");
  return h("div", { class: "field " + more },
    h("div", { class: "t" }, h("label", { for: id }, key ? t(key) : technical.split(".").pop()), h("span", { class: "code" }, technical)),
    control(id), helpText ? h("p", { class: "help" }, helpText) : null);
}

const help = (key, usual) => (usual === undefined ? "" : t("usual", usual) + " ") + t(key);

const set = (name, type) => event => {
  if (event.target.value === "") delete wish.settings[name];
  else wish.settings[name] = type(event.target.value);
};

function slide(id, name, min, max, step, label) {
  const usual = it().usual?.[name] ?? (name === "strength" ? 0.6 : name === "steps" ? 20 : min);
  const shown = wish.settings[name] ?? usual;
  const number = h("input", { type: "number", min, max, step, value: shown, "aria-label": label, oninput: event => { set(name, Number)(event); range.value = event.target.value; } });
  const range = h("input", { type: "range", id, min, max, step, value: shown, oninput: event => { set(name, Number)(event); number.value = event.target.value; } });
  range.value = shown;
  return h("div", { class: "slide" }, range, number);
}

/** Width and height of the chosen shape: of about the standard area, on the generator's grid. */
function wished() {
  const { width, height } = standardSize(it());
  const rule = it().capabilities.sizes;
  if (wish.shape === "square" && width === height) return { width, height };
  const ratio = RATIOS[wish.shape];
  if (rule.fixed.length) {
    const fits = rule.fixed.map(each => each.split("x").map(Number)).sort((a, b) => Math.abs(Math.log(a[0] / a[1] / ratio)) - Math.abs(Math.log(b[0] / b[1] / ratio)))[0];
    return { width: fits[0], height: fits[1] };
  }
  const tall = Math.sqrt(width * height / ratio), grid = rule.multipleOf;
  const snap = edge => Math.min(rule.maxEdge, Math.max(rule.minEdge, Math.max(grid, Math.round(edge / grid) * grid)));
  return { width: snap(tall * ratio), height: snap(tall) };
}

/** The request that Make sends. */
export function request() {
  const body = { generator: wish.generator, prompt: wish.prompt.trim(), ...Object.fromEntries(Object.entries(wish.settings).filter(([name]) => honours(it(), name))) };
  if (wish.count > 1) body.count = wish.count;
  const { width, height } = standardSize(it()), shape = wished();
  if (wish.size) body.size = wish.size.join("x");
  else if (shape.width !== width || shape.height !== height) body.size = shape.width + "x" + shape.height;
  const options = Object.fromEntries(Object.entries(wish.options).filter(([name]) => it().capabilities.options.some(known => known === name || (known.endsWith("*") && name.startsWith(known.slice(0, -1))))));
  if (Object.keys(options).length) body.options = options;
  if (wish.start && (can(it(), "image_to_image") || can(it(), "variation"))) {
    body.inputs = [wish.start.id];
    delete body.size;
  } else delete body.strength;
  return body;
}

export function submit() {
  if (!wish.prompt.trim() && !wish.start) {
    wish.prompt = t("promptHint");
    byId("prompt").value = wish.prompt;
  }
  if (byId("make").disabled) return;
  events.submit(request());
}

/** Puts settings into the composer, as a dropped picture carries them; gives the names of what has no meaning here. */
export function restore(found) {
  const { prompt, negativePrompt, seed, steps, guidanceScale, strength, size: asked, options } = found;
  wish.prompt = prompt ?? wish.prompt;
  wish.settings = Object.fromEntries(Object.entries({ negativePrompt, seed, steps, guidanceScale, strength }).filter(([, value]) => value !== undefined));
  wish.options = { ...options };
  wish.size = asked ? asked.split("x").map(Number) : null;
  wish.more = true;
  byId("prompt").value = wish.prompt;
  byId("more").hidden = false;
  byId("more-button").setAttribute("aria-expanded", "true");
  settings();
}

export function startFrom(picture) {
  wish.start = picture;
  start();
  settings();
}

/** What the frame shows: nothing yet, a job on its way, or its picture. */
export function easel(job, actions) {
  const frame = byId("frame"), side = byId("easel");
  if (!frame) return;
  side.querySelector(".progress")?.remove();
  side.querySelector(".said")?.remove();
  if (!job) {
    frame.className = "frame";
    frame.replaceChildren(h("p", { class: "hint" }, t("frameHint")));
    return;
  }
  if (job.status === "completed") {
    const picture = job.pictures[0];
    frame.className = "frame full";
    frame.dataset.shape = picture.width > picture.height * 1.2 ? "wide" : picture.height > picture.width * 1.2 ? "tall" : "square";
    if (frame.dataset.picture !== picture.id) {
      frame.dataset.picture = picture.id;
      frame.replaceChildren(h("a", { href: `#picture=${job.id}.0` }, h("img", { src: picture.url, alt: job.request.prompt ?? t("noWords") })));
    }
    if (job.warnings.length) side.append(h("p", { class: "said" }, remarks(job)[0]));
    return;
  }
  delete frame.dataset.picture;
  const progress = job.progress ?? {};
  if (progress.preview) {
    frame.className = "frame full";
    frame.replaceChildren(h("img", { src: progress.preview, alt: t("previewAlt") }));
  } else {
    frame.className = "frame";
    frame.replaceChildren(h("p", { class: "hint" }, job.request.prompt ?? ""));
  }
  const box = h("div", { class: "progress" });
  if (progress.total > 0) {
    const fill = h("i");
    fill.style.width = Math.round(100 * progress.step / progress.total) + "%";
    box.append(h("div", { class: "bar", role: "progressbar", "aria-label": t("painting"), "aria-valuemin": "0", "aria-valuemax": progress.total, "aria-valuenow": progress.step }, fill));
  }
  box.append(h("div", { class: "r" }, h("span", {}, progressLine(job)), h("button", { type: "button", class: "b text", id: "cancel", onclick: () => actions.cancel(job) }, t("cancel"))));
  side.append(box);
}

/** How far a job is, in words. */
export function progressLine(job) {
  const progress = job.progress ?? {};
  switch (progress.phase) {
    case "waiting":
      // It is taken up, and has not begun yet.
      if (job.status === "running" && !(progress.position > 0)) return t("painting");
      return progress.position > 0 ? t("waitingAfter", progress.position) : t("waitingNext");
    case "loading": return progress.fraction === undefined ? t("loadingUnknown") : t("loading", Math.round(100 * progress.fraction));
    case "downloading": return progress.fraction === undefined ? t("downloadingUnknown", progress.what ?? "") : t("downloading", progress.what ?? "", Math.round(100 * progress.fraction));
    case "retrying": return t("retrying");
    default:
      if (progress.total > 0) return progress.millisLeft === undefined ? t("step", progress.step, progress.total) : t("stepLeft", progress.step, progress.total, time(progress.millisLeft));
      return job.startedAt ? t("sinceStart", time(Date.now() - new Date(job.startedAt))) : t("painting");
  }
}

/** Takes a dropped or chosen file: its settings come back, or it is the picture to start from. */
export async function take(file) {
  const picture = await api.upload(file);
  if (picture.settings) {
    restore(picture.settings.request);
    const unknown = picture.settings.unknown.map(each => each.name).filter(name => name !== "generator");
    note(t("dropSettings") + (unknown.length ? " " + t("dropUnknown", unknown.join(", ")) : ""));
  } else {
    startFrom(picture);
    note(t("dropNone"));
  }
  byId("prompt").focus();
}

export function note(text) {
  byId("composer-note")?.remove();
  const line = h("p", { class: "note", id: "composer-note" }, icon("note"), h("span", {}, text));
  byId("start").before(line);
  say(text);
}

export { size };
