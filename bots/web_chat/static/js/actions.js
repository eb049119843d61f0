// Draws the buttons of a reply, each kind where people look for it.

import { button, h, icon, radios } from "./dom.js";
import { t } from "./i18n.js";

const KIND = { ask: "ask", rate: "rate", draw: "draw", tones: "draw", compare: "draw" };
const DRAW = /^([\w-]+)\.([1-6])\.([1-3])(\.[\w-]*)?$/;

export function drawActions(entry, press) {
  const rest = { ask: [], rate: [], draw: [], other: [] };
  for (const item of entry.buttons) rest[KIND[item.name] ?? "other"].push(item);
  return [
    group(rest.other.map((item) => (item.name === "intake" ? chip(item, press) : plain(item, press)))),
    pictures(entry, rest.draw, press),
    rest.ask.length > 0 && titled(t("web-suggestions"), h("div", { class: "chips" }, rest.ask.map((item) => chip(item, press)))),
    rest.rate.length > 0 && feedback(rest.rate, press),
  ].filter(Boolean);
}

const chip = (item, press) => button(item.label, { class: "chip", onclick: (event) => press(item, event.currentTarget) });

function plain(item, press) {
  const leading = item.name === "agree";
  return button(item.label, {
    class: leading ? "button only-before" : "button calm", icon: item.name === "stop" ? "stop" : undefined,
    onclick: (event) => press(item, event.currentTarget),
  });
}

const group = (nodes) => nodes.length > 0 && h("div", { class: "chips" }, nodes);
const titled = (title, ...body) => h("div", { class: "group" }, h("h3", { class: "group-title" }, title), ...body);

function pictures(entry, items, press) {
  if (items.length === 0) return null;
  const base = items.map((item) => item.name === "draw" && DRAW.exec(item.argument)).find(Boolean);
  // The question for a tone is answered by the controls below.
  const asked = base ? items.filter((item) => item.name !== "tones") : items;
  const chips = h("div", { class: "chips" }, asked.map((item) => chip(item, press)));
  return base ? titled(t("web-controls"), chips, controls(entry, base, press)) : titled(t("web-controls"), chips);
}

function controls(entry, [, condition, tone, severity, site = ""], press) {
  const chosen = { tone, severity };
  const tones = ["1", "2", "3", "4", "5", "6"].map((value) => [value, h("i", { class: `tone-${value}` }), t("web-tone", { number: value })]);
  const strengths = ["1", "2", "3"].map((value) => [value, h("span", {}, t(`web-severity-${value}`)), null]);
  const draw = (event) => press({ name: "draw", argument: `${condition}.${chosen.tone}.${chosen.severity}${site}` }, event.currentTarget);
  const body = h("div", { class: "controls" },
    radios("swatch", `tone-${entry.slot}`, { text: t("web-controls-tone") }, tones, tone, (value) => { chosen.tone = value; }),
    radios("segment", `severity-${entry.slot}`, { text: t("web-controls-severity") }, strengths, severity, (value) => { chosen.severity = value; }),
    button(t("web-controls-draw"), { onclick: draw }));
  return h("div", { class: "controls-space" }, body);
}

function feedback(items, press) {
  const row = h("div", { class: "group feedback", role: "group", "aria-label": t("web-feedback") }, h("span", {}, t("web-feedback")));
  for (const item of items) {
    const up = item.argument.startsWith("up");
    row.append(h("button", {
      type: "button", class: "chip", "aria-pressed": "false",
      onclick: (event) => {
        for (const other of row.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === event.currentTarget));
        press(item, event.currentTarget);
      },
    }, icon(up ? "up" : "thumbdown"), h("span", {}, item.label)));
  }
  return row;
}
