/*
 * One picture as large as the window, closer and farther by wheel, pinch, double click, buttons and keys. Going to
 * another generator's picture keeps the place, so that the eye can compare one corner in all of them.
 */

const zoom = { items: [], index: 0, row: -1, scale: 1, x: 0, y: 0, parts: null };
const maxScale = 16;

/** Enlarges the picture of `generator` for prompt `row`; its neighbours are the other pictures of the row. */
function openZoom(row, generator) {
  const items = rowItems(row);
  showZoom(items, Math.max(0, items.findIndex((item) => item.generator === generator)), row);
}

/** Enlarges one of two pictures whose makers are not told. */
function openBlindZoom(row, generators, index) {
  const items = generators.map((generator, i) => ({
    picture: cellOf(row, generator).picture, label: "Picture " + "AB"[i], facts: "", alt: describePicture(row, "Picture " + "AB"[i]),
  }));
  showZoom(items, index, -1);
}

function rowItems(row) {
  return report.generators.map((generator, index) => ({ generator: index, cell: cellOf(row, index) }))
    .filter(({ generator, cell }) => cell.picture && isShown(generator))
    .map(({ generator, cell }) => ({
      generator, picture: cell.picture, label: report.generators[generator].name,
      facts: cell.picture.width + "×" + cell.picture.height + (cell.picture.exact ? "" : ", shown as JPEG"),
      alt: describePicture(row, report.generators[generator].name),
    }));
}

function showZoom(items, index, row) {
  Object.assign(zoom, { items, row, scale: 1, x: 0, y: 0 });
  buildZoomOnce();
  // Opened first: only then has the stage a size to fit the picture to.
  if (!byId("zoom").open) byId("zoom").showModal();
  showItem(index);
  zoom.parts.stage.focus({ preventScroll: true });
}

function showItem(index) {
  zoom.index = (index + zoom.items.length) % zoom.items.length;
  const item = zoom.items[zoom.index];
  const { image, label, position, facts, prompt } = zoom.parts;
  image.src = item.picture.source;
  image.alt = item.alt;
  label.replaceChildren(item.generator === undefined ? item.label : nameOf(item.generator));
  position.textContent = zoom.items.length > 1 ? zoom.index + 1 + " of " + zoom.items.length : "";
  facts.textContent = item.facts;
  prompt.textContent = zoom.row >= 0 ? report.rows[zoom.row].prompt : "";
  for (const button of zoom.parts.turns) button.hidden = zoom.items.length < 2;
  placeImage();
}

/** The next prompt that is shown and has a picture, in direction `step`; the same generator where it has one. */
function zoomToRow(step) {
  if (zoom.row < 0) return;
  const generator = zoom.items[zoom.index].generator;
  const rows = shownRows().filter((row) => rowItems(row).length > 0);
  const next = rows[rows.indexOf(zoom.row) + step];
  if (next !== undefined) openZoom(next, generator);
}

function buildZoomOnce() {
  if (zoom.parts) return;
  const image = el("img", { class: "zoom-image", draggable: "false" });
  const stage = el("div", { class: "zoom-stage", tabindex: "0", role: "group", "aria-label": "Picture; plus and minus zoom, arrows change the picture" }, image);
  const label = el("strong", { class: "zoom-label" });
  const facts = el("span", { class: "zoom-facts" });
  const position = el("span", { class: "zoom-facts" });
  const percent = el("output", { class: "zoom-percent" });
  const prompt = el("p", { class: "zoom-prompt", dir: "auto" });
  const button = (name, text, action) => el("button", { type: "button", "aria-label": name, title: name, onclick: action }, text);
  const turns = [button("Previous generator", "←", () => showItem(zoom.index - 1)),
    button("Next generator", "→", () => showItem(zoom.index + 1))];
  byId("zoom").append(stage,
    el("div", { class: "zoom-bar" },
      el("div", { class: "zoom-who", "aria-live": "polite" }, label, position, facts, prompt),
      el("div", { class: "zoom-buttons" }, turns,
        button("Farther", "−", () => scaleBy(1 / 1.5)), percent, button("Closer", "+", () => scaleBy(1.5)),
        button("Whole picture", "⤢", resetZoom), button("Close", "✕", () => byId("zoom").close()))));
  zoom.parts = { image, stage, label, facts, position, percent, prompt, turns };
  byId("zoom").addEventListener("keydown", zoomKey);
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    scaleBy(Math.exp(-event.deltaY / 400), event.clientX, event.clientY);
  }, { passive: false });
  stage.addEventListener("dblclick", (event) => {
    if (zoom.scale > 1) resetZoom();
    else scaleBy(3, event.clientX, event.clientY);
  });
  followPointers(stage);
  window.addEventListener("resize", () => { if (byId("zoom").open) placeImage(); });
}

/** Scales by `factor` so that what is below (clientX, clientY), or in the middle, stays there. */
function scaleBy(factor, clientX, clientY) {
  const box = zoom.parts.stage.getBoundingClientRect();
  const px = (clientX === undefined ? 0 : clientX - box.left - box.width / 2);
  const py = (clientY === undefined ? 0 : clientY - box.top - box.height / 2);
  const scale = Math.min(maxScale, Math.max(1, zoom.scale * factor));
  zoom.x = px - (px - zoom.x) * scale / zoom.scale;
  zoom.y = py - (py - zoom.y) * scale / zoom.scale;
  zoom.scale = scale;
  placeImage();
}

function resetZoom() {
  Object.assign(zoom, { scale: 1, x: 0, y: 0 });
  placeImage();
}

function moveBy(dx, dy) {
  zoom.x += dx;
  zoom.y += dy;
  placeImage();
}

/** Puts the picture where the numbers say, but never quite out of the window. */
function placeImage() {
  const { image, stage, percent } = zoom.parts;
  const picture = zoom.items[zoom.index].picture;
  const fit = Math.min(stage.clientWidth / picture.width, stage.clientHeight / picture.height);
  const roomX = Math.max(0, (picture.width * fit * zoom.scale - stage.clientWidth) / 2);
  const roomY = Math.max(0, (picture.height * fit * zoom.scale - stage.clientHeight) / 2);
  zoom.x = Math.min(roomX, Math.max(-roomX, zoom.x));
  zoom.y = Math.min(roomY, Math.max(-roomY, zoom.y));
  image.style.transform = `translate(${zoom.x}px, ${zoom.y}px) scale(${zoom.scale})`;
  image.classList.toggle("pixels", fit * zoom.scale >= 6);
  stage.classList.toggle("closer", zoom.scale > 1);
  if (fit > 0) percent.value = Math.round(fit * zoom.scale * 100) + " %";
}

function zoomKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const step = 80;
  const actions = event.shiftKey
    ? { ArrowLeft: () => moveBy(step, 0), ArrowRight: () => moveBy(-step, 0),
      ArrowUp: () => moveBy(0, step), ArrowDown: () => moveBy(0, -step), "+": () => scaleBy(1.5) }
    : { ArrowLeft: () => showItem(zoom.index - 1), ArrowRight: () => showItem(zoom.index + 1),
      ArrowUp: () => zoomToRow(-1), ArrowDown: () => zoomToRow(1),
      "+": () => scaleBy(1.5), "=": () => scaleBy(1.5), "-": () => scaleBy(1 / 1.5), "0": resetZoom };
  const action = actions[event.key];
  if (action) {
    event.preventDefault();
    event.stopPropagation();
    action();
  }
}

/** Drag with one pointer, pinch with two. */
function followPointers(stage) {
  const pointers = new Map();
  const centre = () => {
    const all = [...pointers.values()];
    return { x: all.reduce((sum, p) => sum + p.x, 0) / all.length, y: all.reduce((sum, p) => sum + p.y, 0) / all.length };
  };
  const spread = () => {
    const [a, b] = [...pointers.values()];
    return b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
  };
  stage.addEventListener("pointerdown", (event) => {
    stage.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  stage.addEventListener("pointermove", (event) => {
    if (!pointers.has(event.pointerId)) return;
    const [before, spreadBefore] = [centre(), spread()];
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const [after, spreadAfter] = [centre(), spread()];
    if (spreadBefore > 0) scaleBy(spreadAfter / spreadBefore, after.x, after.y);
    moveBy(after.x - before.x, after.y - before.y);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    stage.addEventListener(end, (event) => pointers.delete(event.pointerId));
  }
}
