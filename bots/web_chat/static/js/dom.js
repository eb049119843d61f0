// Builds elements. Text is only ever set as text: nothing in this page parses HTML.

const PATHS = {
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6L6 18",
  menu: "M4 7h16M4 12h16M4 17h10",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M8 8h8v8H8z",
  photo: "M4 7a2 2 0 012-2h12a2 2 0 012 2v10a2 2 0 01-2 2H6a2 2 0 01-2-2zM4 16l4.500-4.500 4 4 2.500-2.500L20 17M15 9.200v.01",
  camera: "M4 8h3l1.600-2.500h6.800L17 8h3v11H4zM12 16.500a3.200 3.200 0 100-6.400 3.200 3.200 0 000 6.400z",
  save: "M12 4v11M7 11l5 5 5-5M5 20h14",
  print: "M7 9V4h10v5M7 17H4v-7h16v7h-3M7 14h10v6H7z",
  shield: "M12 3l7 3v5.500c0 4.300-2.900 7.700-7 9.500-4.100-1.800-7-5.200-7-9.500V6zM9 12l2.200 2.200L15.500 10",
  down: "M12 5v14M6 13l6 6 6-6",
  left: "M14.500 6l-6 6 6 6",
  right: "M9.500 6l6 6-6 6",
  eye: "M3 12c2.400-4 5.400-6 9-6s6.600 2 9 6c-2.400 4-5.400 6-9 6s-6.600-2-9-6zM12 14.500a2.500 2.500 0 100-5 2.500 2.500 0 000 5z",
  chat: "M5 5h14v11H10l-5 4z",
  compare: "M4 5h7v14H4zM13 5h7v14h-7z",
  alert: "M12 3.500L21.500 20h-19zM12 10v4.500M12 17.300v.01",
  clock: "M12 21a9 9 0 100-18 9 9 0 000 18zM12 7v5.200l3.300 2",
  calendar: "M5 6h14v14H5zM5 10.500h14M9 3.500V7M15 3.500V7",
  up: "M7 11v9H4v-9zM7 11l4-7c1.600 0 2.500 1 2.200 2.600L12.500 10H18a2 2 0 012 2.400l-1.300 6A2 2 0 0116.800 20H7",
  thumbdown: "M17 13V4h3v9zM17 13l-4 7c-1.600 0-2.500-1-2.200-2.600l.7-3.400H6a2 2 0 01-2-2.400l1.300-6A2 2 0 017.200 4H17",
  trash: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13M10.500 11v5.500M13.500 11v5.500",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  help: "M12 21a9 9 0 100-18 9 9 0 000 18zM9.600 9.500a2.500 2.500 0 114 2c-1 .7-1.600 1.200-1.600 2.300M12 16.800v.01",
};

export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

export const byId = (id) => document.getElementById(id);

export function button(label, { icon: name, class: kind = "button calm", ...props } = {}) {
  return h("button", { type: "button", class: kind, ...props }, name ? icon(name) : null, h("span", {}, label));
}

// Radio buttons that look like one control; `options` are [value, content, label].
export function radios(kind, name, legend, options, chosen, onpick) {
  const body = options.map(([value, content, label]) => h("label", { class: kind },
    h("input", { type: "radio", name, value, checked: value === chosen, "aria-label": label, onchange: () => onpick?.(value) }),
    content));
  const row = h("div", { class: kind === "swatch" ? "swatches" : "segments" }, body);
  return h("fieldset", {}, h("legend", { class: legend.hidden ? "unseen" : "" }, legend.text), row);
}
