// Elements out of plain calls; text is always text, so that nothing a picture or a prompt says becomes markup.

/** An element: h("p", { class: "quiet", onclick: f }, "text", child, null). */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "disabled" || name === "hidden") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

/** One of the icons of index.html. */
export function icon(name, more = "") {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "i " + more);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", "#i-" + name);
  svg.append(use);
  return svg;
}

export const byId = id => document.getElementById(id);

/** Says something to a screen reader, once. */
export function say(text) {
  byId("live").textContent = "";
  requestAnimationFrame(() => { byId("live").textContent = text; });
}

/** Radio buttons with one tab stop, moved through by the arrow keys. */
export function radios(label, choices, chosen, onchange) {
  const group = h("div", { class: "choices", role: "radiogroup", "aria-label": label });
  const choose = (index, focus) => {
    [...group.children].forEach((button, i) => {
      button.setAttribute("aria-checked", i === index);
      button.tabIndex = i === index ? 0 : -1;
    });
    if (focus) group.children[index].focus();
    onchange(choices[index].value);
  };
  choices.forEach((choice, index) => group.append(h("button", {
    type: "button", role: "radio", "aria-checked": String(choice.value === chosen), "aria-label": choice.label ?? null,
    tabindex: choice.value === chosen ? "0" : "-1",
    onclick: () => choose(index, false),
    onkeydown: event => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      choose((index + step + choices.length) % choices.length, true);
    },
  }, choice.content)));
  return group;
}

/** A modal dialog that gives the focus back when it closes. */
export function dialog(label, ...children) {
  const before = document.activeElement;
  const element = h("dialog", { "aria-label": label }, h("div", { class: "dialog" }, ...children));
  element.addEventListener("close", () => { element.remove(); before?.focus?.(); });
  element.addEventListener("click", event => { if (event.target === element) element.close(); });
  document.body.append(element);
  element.showModal();
  return element;
}
