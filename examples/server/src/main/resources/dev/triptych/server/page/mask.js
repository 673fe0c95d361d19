// Painting over a part: brush, eraser, undo, zoom, invert; also without a pointer. White in what is sent = made new.
import { api } from "./api.js";
import { h, icon, say } from "./dom.js";
import { beyondBudget, generator, honours, priceLine } from "./facts.js";
import { t } from "./text.js";

const KEPT = 40;

class Mask {
  constructor(width, height, onChange) {
    this.width = width;
    this.height = height;
    this.paper = h("canvas", { width, height });
    this.shown = h("canvas", { width, height, tabindex: "0", role: "application", "aria-label": t("maskLabel") });
    this.context = this.paper.getContext("2d", { willReadFrequently: true });
    this.tool = "brush";
    this.size = Math.max(8, Math.round(Math.min(width, height) / 9));
    this.zoom = 1;
    this.offset = { x: 0, y: 0 };
    this.past = [];
    this.future = [];
    this.ring = null;
    this.onChange = onChange;
    this.hear();
  }

  hear() {
    const point = event => {
      const box = this.shown.getBoundingClientRect();
      return { x: (event.clientX - box.left) * this.width / box.width, y: (event.clientY - box.top) * this.height / box.height };
    };
    this.shown.addEventListener("pointerdown", event => {
      if (event.button > 0) return;
      this.shown.setPointerCapture(event.pointerId);
      this.shown.focus({ preventScroll: true });
      if (this.panning) {
        this.drag = { x: event.clientX, y: event.clientY };
        return;
      }
      this.keep();
      this.last = point(event);
      this.stroke(this.last);
    });
    this.shown.addEventListener("pointermove", event => {
      if (this.drag) {
        this.move(event.clientX - this.drag.x, event.clientY - this.drag.y);
        this.drag = { x: event.clientX, y: event.clientY };
      } else if (this.last) {
        (event.getCoalescedEvents?.() ?? [event]).concat(event).forEach(each => this.stroke(point(each)));
      }
    });
    for (const kind of ["pointerup", "pointercancel"]) this.shown.addEventListener(kind, () => { this.last = null; this.drag = null; });
    this.shown.addEventListener("keydown", event => {
      const step = event.shiftKey ? 32 : 8;
      const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
      if (by) {
        event.preventDefault();
        event.stopPropagation();
        const from = this.ring ?? { x: this.width / 2, y: this.height / 2 };
        this.ring = { x: Math.min(this.width, Math.max(0, from.x + by[0])), y: Math.min(this.height, Math.max(0, from.y + by[1])) };
        if (this.painting) this.stroke(this.ring);
        this.draw();
        this.tell();
      } else if (event.key === " ") {
        event.preventDefault();
        if (!this.ring) {
          this.panning = true;
          this.shown.parentElement.parentElement.classList.add("pan");
        } else if (!this.painting) {
          this.keep();
          this.painting = true;
          this.last = this.ring;
          this.stroke(this.ring);
        }
      }
    });
    this.shown.addEventListener("keyup", event => {
      if (event.key === " ") {
        this.painting = false;
        this.panning = false;
        this.last = null;
        this.shown.parentElement?.parentElement.classList.remove("pan");
      }
    });
  }

  tell() {
    const now = Date.now();
    if (now - (this.told ?? 0) > 500) {
      this.told = now;
      say(t("maskAt", Math.round(this.ring.x), Math.round(this.ring.y)));
    }
  }

  keep() {
    this.past.push(this.context.getImageData(0, 0, this.width, this.height));
    if (this.past.length > KEPT) this.past.shift();
    this.future = [];
  }

  back(from, to) {
    const state = from.pop();
    if (!state) return;
    to.push(this.context.getImageData(0, 0, this.width, this.height));
    this.context.putImageData(state, 0, 0);
    this.changed();
  }

  undo() { this.back(this.past, this.future); }
  redo() { this.back(this.future, this.past); }

  clear() {
    this.keep();
    this.context.clearRect(0, 0, this.width, this.height);
    this.changed();
  }

  invert() {
    this.keep();
    this.context.globalCompositeOperation = "source-out";
    this.context.fillRect(0, 0, this.width, this.height);
    this.context.globalCompositeOperation = "source-over";
    this.changed();
  }

  stroke(to) {
    const from = this.last ?? to, context = this.context;
    context.globalCompositeOperation = this.tool === "eraser" ? "destination-out" : "source-over";
    context.lineWidth = this.size;
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y + 0.01);
    context.stroke();
    context.globalCompositeOperation = "source-over";
    if (this.last) this.last = to;
    this.changed();
  }

  changed() {
    this.draw();
    this.onChange();
  }

  /** How much is painted, 0 to 1. */
  share() {
    const data = this.context.getImageData(0, 0, this.width, this.height).data;
    let painted = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i] > 127) painted++;
    return painted / (this.width * this.height);
  }

  /** Stripes with a white rim: seen on any picture, and without colour. */
  draw() {
    const { width, height, paper } = this, context = this.shown.getContext("2d");
    context.globalCompositeOperation = "source-over";
    context.clearRect(0, 0, width, height);
    const unit = Math.max(1, Math.min(width, height) / 264);
    for (let i = 0; i < 8; i++) context.drawImage(paper, unit * Math.cos(i * Math.PI / 4), unit * Math.sin(i * Math.PI / 4));
    context.globalCompositeOperation = "source-in";
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
    context.globalCompositeOperation = "destination-out";
    context.drawImage(paper, 0, 0);
    const layer = h("canvas", { width, height }), over = layer.getContext("2d");
    over.drawImage(paper, 0, 0);
    over.globalCompositeOperation = "source-in";
    over.fillStyle = "rgb(42 71 143 / .5)";
    over.fillRect(0, 0, width, height);
    over.globalCompositeOperation = "source-atop";
    over.strokeStyle = "rgb(255 255 255 / .75)";
    over.lineWidth = unit;
    for (let x = -height; x < width; x += 6 * unit) {
      over.beginPath();
      over.moveTo(x, height);
      over.lineTo(x + height, 0);
      over.stroke();
    }
    context.globalCompositeOperation = "source-over";
    context.drawImage(layer, 0, 0);
    if (this.ring) {
      for (const [color, line] of [["#000", 3 * unit], ["#fff", 1.5 * unit]]) {
        context.strokeStyle = color;
        context.lineWidth = line;
        context.beginPath();
        context.arc(this.ring.x, this.ring.y, Math.max(2, this.size / 2), 0, 7);
        context.stroke();
      }
    }
  }

  zoomBy(factor) {
    this.zoom = Math.min(8, Math.max(1, this.zoom * factor));
    this.move(0, 0);
  }

  move(x, y) {
    const inner = this.shown.parentElement, sheet = inner.parentElement, box = sheet.getBoundingClientRect();
    const clamp = (value, edge) => Math.min(0, Math.max(edge * (1 - this.zoom), value));
    this.offset = { x: clamp(this.offset.x + x, box.width), y: clamp(this.offset.y + y, box.height) };
    inner.style.transform = `translate(${this.offset.x}px, ${this.offset.y}px) scale(${this.zoom})`;
  }

  /** The mask as a PNG of the picture's size. */
  async blob() {
    const whole = h("canvas", { width: this.width, height: this.height }), context = whole.getContext("2d");
    context.drawImage(this.paper, 0, 0);
    context.globalCompositeOperation = "source-in";
    context.fillStyle = "#fff";
    context.fillRect(0, 0, this.width, this.height);
    context.globalCompositeOperation = "destination-over";
    context.fillStyle = "#000";
    context.fillRect(0, 0, this.width, this.height);
    return new Promise(resolve => whole.toBlob(resolve, "image/png"));
  }
}

/** picture: { id, url, width, height }; base: the request to change. */
export function editor(view, picture, base, back, actions) {
  const it = generator(base.generator);
  let strength = base.strength ?? 1;
  const hint = h("span", {}, t("maskEmpty"));
  const make = h("button", { type: "button", class: "b main make", id: "make-edit", disabled: true, onclick: async () => {
    make.disabled = true;
    const mask = await api.upload(await paint.blob());
    const request = { ...base, prompt: words.value.trim() || base.prompt, inputs: [picture.id], mask: mask.id };
    delete request.size;
    delete request.count;
    delete request.seed;
    if (honours(it, "strength")) request.strength = strength;
    if (await actions.submit(request)) location.hash = "";
    else changed();
  } }, h("span", {}, t("makeEdit")), h("small", {}, priceLine(it, 1)));
  const changed = () => {
    const share = paint.share();
    hint.textContent = share === 0 ? t("maskEmpty") : share > 0.999 ? t("maskAll") : t("maskNote");
    make.disabled = share === 0 || beyondBudget(it, 1);
    undo.disabled = paint.past.length === 0;
    redo.disabled = paint.future.length === 0;
  };
  const paint = new Mask(picture.width, picture.height, () => changed());
  const words = h("textarea", { id: "there", value: base.prompt ?? "" });
  const tool = (name, sign) => h("button", { type: "button", class: "b", "aria-pressed": String(paint.tool === name), "data-tool": name, onclick: () => choose(name) }, icon(sign), h("span", {}, t(name)));
  const choose = name => {
    paint.tool = name;
    view.querySelectorAll("[data-tool]").forEach(button => button.setAttribute("aria-pressed", String(button.dataset.tool === name)));
  };
  const act = (key, sign, onclick) => h("button", { type: "button", class: "b", "data-act": key, onclick }, icon(sign), h("span", {}, t(key)));
  const undo = act("undo", "undo", () => paint.undo()), redo = act("redo", "again", () => paint.redo());
  const brushSize = h("input", { type: "range", id: "brush-size", min: "4", max: String(Math.max(64, Math.round(Math.min(picture.width, picture.height) / 3))), value: paint.size, oninput: event => { paint.size = Number(event.target.value); paint.draw(); } });
  const zoomed = h("span", {}, "100\u00a0%");
  const zoom = factor => { paint.zoomBy(factor); zoomed.textContent = Math.round(paint.zoom * 100) + "\u00a0%"; };
  const far = h("input", { type: "range", id: "far", min: "0", max: "1", step: "0.05", value: strength, oninput: event => { strength = Number(event.target.value); number.value = strength; } });
  const number = h("input", { type: "number", min: "0", max: "1", step: "0.05", value: strength, "aria-label": t("far"), oninput: event => { strength = Number(event.target.value); far.value = strength; } });
  far.value = strength;
  brushSize.value = paint.size;
  const sheet = h("div", { class: "sheet" }, h("div", { class: "inner" }, h("img", { src: picture.url, alt: base.prompt ?? "" }), paint.shown));
  sheet.style.aspectRatio = picture.width + " / " + picture.height;
  view.replaceChildren(
    h("h1", { class: "only-read" }, t("edit")),
    h("a", { class: "b text back", href: back }, icon("left"), h("span", {}, t("backToPicture"))),
    h("div", { class: "editor" },
      h("div", { class: "tools", role: "toolbar", "aria-label": t("tools") },
        tool("brush", "brush"), tool("eraser", "eraser"),
        h("label", { class: "size" }, h("span", {}, t("brushSize")), brushSize),
        h("i", { class: "sep" }), undo, redo, act("invert", "invert", () => paint.invert()), act("clear", "x", () => paint.clear()),
        h("div", { class: "zoom" }, h("button", { type: "button", class: "b square", "aria-label": t("zoomOut"), onclick: () => zoom(1 / 1.5) }, icon("minus")), zoomed, h("button", { type: "button", class: "b square", "aria-label": t("zoomIn"), onclick: () => zoom(1.5) }, icon("plus")))),
      h("div", { class: "table" }, sheet),
      h("div", { class: "there" },
        h("div", { class: "field" }, h("div", { class: "t" }, h("label", { for: "there" }, t("thereLabel"))), words, h("p", { class: "help" }, t("thereHelp"))),
        honours(it, "strength") && h("div", { class: "field" }, h("div", { class: "t" }, h("label", { for: "far" }, t("far")), h("span", { class: "code" }, "strength")), h("div", { class: "slide" }, far, number), h("p", { class: "help" }, t("farHelp"))),
        h("p", { class: "legend small" }, h("i", { class: "stripes", "aria-hidden": "true" }), hint),
        make)));
  view.keys = event => {
    const size = step => { paint.size = Math.min(Number(brushSize.max), Math.max(4, paint.size + step)); brushSize.value = paint.size; paint.draw(); };
    const action = { b: () => choose("brush"), x: () => choose("eraser"), i: () => paint.invert(), "[": () => size(-4), "]": () => size(4), "+": () => zoom(1.5), "-": () => zoom(1 / 1.5), "−": () => zoom(1 / 1.5) }[event.key.toLowerCase()];
    action?.();
    return Boolean(action);
  };
  view.undo = again => again ? paint.redo() : paint.undo();
  changed();
  document.title = t("edit") + " · Triptych";
}
