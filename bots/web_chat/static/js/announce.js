// Tells a screen reader what happens, in sentences and not in letters.

import { byId, h } from "./dom.js";

const spoken = new Map();

export function say(text) {
  const region = byId("announcer");
  region.append(h("p", {}, text));
  while (region.childElementCount > 6) region.firstElementChild.remove();
}

export function sayLive(slot, text) {
  const from = spoken.get(slot) ?? 0;
  const end = Math.max(text.lastIndexOf(". "), text.lastIndexOf("? "), text.lastIndexOf("\n"));
  if (end <= from) return;
  spoken.set(slot, end + 1);
  say(text.slice(from, end + 1).trim());
}

export const wasSpoken = (slot) => spoken.delete(slot);
