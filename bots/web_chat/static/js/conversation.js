// The visible messages of one case. An entry with a known slot replaces what stands there.

import { say, sayLive, wasSpoken } from "./announce.js";
import { drawActions } from "./actions.js";
import { drawBlocks } from "./blocks.js";
import { byId, h } from "./dom.js";
import { t, when } from "./i18n.js";

export class Conversation {
  #entries = new Map();
  #lives = new Map();
  #caughtUp = false;

  constructor(tools) {
    this.tools = tools;
    this.list = byId("entries");
    this.scroll = byId("scroll");
    this.scroll.addEventListener("scroll", () => this.#showWayDown(), { passive: true });
    byId("to-end").addEventListener("click", () => this.toEnd());
  }

  reset() {
    this.#entries.clear();
    this.#lives.clear();
    this.#caughtUp = false;
    this.list.replaceChildren();
  }

  get empty() { return this.#entries.size === 0; }

  get waiting() { return [...this.#entries.values()].some(({ entry }) => entry.stage === "waiting"); }

  get spokenTo() { return [...this.#entries.values()].some(({ entry }) => entry.author === "user"); }

  has(slot) { return this.#entries.has(slot); }

  entry(slot) { return this.#entries.get(slot)?.entry; }

  // The newest photo that the person sent and the browser can show.
  ownPhoto() {
    const urls = [...this.list.querySelectorAll(".entry.user .photo img")].map((image) => image.src);
    return urls.at(-1) ?? null;
  }

  apply(entry) {
    const known = this.#entries.get(entry.slot);
    if (known && known.entry.sequence > entry.sequence) return;
    const node = this.#draw(entry);
    const follows = this.#following();
    if (known) replace(known.node, node);
    else this.#place(entry, node);
    this.#entries.set(entry.slot, { entry, node });
    if (this.#caughtUp) this.#announce(entry, known);
    if ((follows && this.spokenTo) || entry.author === "user") this.#follow(node);
    if (entry.stage === "final") this.#lives.delete(entry.slot);
    else if (this.#lives.has(entry.slot)) this.live(this.#lives.get(entry.slot));
    this.#showWayDown();
  }

  live(live) {
    const { slot, text, share, picture } = live;
    this.#lives.set(slot, live);
    const known = this.#entries.get(slot);
    if (!known || known.entry.stage === "final") return;
    const follows = this.#following();
    const place = known.node.querySelector(".live") ?? this.#beginLive(known.node);
    place.textContent = text;
    if (share == null) sayLive(slot, text);
    else if (picture) this.#sketch(place, picture);
    if (follows) this.#follow(known.node);
  }

  caughtUp() {
    if (!this.#caughtUp && this.spokenTo) this.toEnd("instant");
    this.#caughtUp = true;
  }

  toEnd(behavior = "auto") {
    this.scroll.scrollTo({ top: this.scroll.scrollHeight, behavior });
  }

  add(node) {
    this.list.append(node);
    this.toEnd();
  }

  #beginLive(node) {
    const place = h("p", { class: "live" });
    for (const block of node.querySelectorAll(".card > p:not(.waiting-head)")) block.hidden = true;
    node.querySelector(".waiting-head").after(place);
    node.querySelector(".waiting-label").textContent = t("web-writing");
    return place;
  }

  #sketch(place, picture) {
    const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
    const url = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
    const image = h("img", { class: "sketch", src: url, alt: t("web-sketch") });
    image.addEventListener("load", () => URL.revokeObjectURL(url), { once: true });
    place.append(image);
  }

  // An answer can overtake the message that it answers; the message goes above it all the same.
  #place(entry, node) {
    const answers = [...this.#entries.values()].filter((other) => other.entry.quotes === entry.slot);
    const later = [...this.#entries.values()].filter((other) => other.entry.at > entry.at);
    const next = (answers.length ? answers : later).map((other) => other.node).sort(byPosition)[0];
    const unsent = this.list.querySelector(".entry.unsent");
    this.list.insertBefore(node, next ?? unsent);
  }

  #draw(entry) {
    return entry.author === "user" ? drawOwn(entry, this.tools) : drawAnswer(entry, this.tools);
  }

  #announce(entry, known) {
    if (entry.author === "user") return;
    if (entry.stage === "waiting") { if (!known) say(t("web-working")); return; }
    if (wasSpoken(entry.slot)) { say(t("web-answer-ready")); return; }
    const words = entry.blocks.map((block) => block.text ?? block.title ?? "").filter(Boolean).join(" ");
    say(words.slice(0, 600) || t("web-answer-ready"));
  }

  #following() {
    return this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < 120;
  }

  // Stays with the newest text, but never pushes the first line of an answer out of sight.
  #follow(node) {
    const limit = node.offsetTop - this.scroll.offsetTop - 20;
    const bottom = this.scroll.scrollHeight - this.scroll.clientHeight;
    this.scroll.scrollTo({ top: Math.min(limit, bottom), behavior: "instant" });
  }

  #showWayDown() {
    byId("to-end").hidden = !this.spokenTo || this.#following();
  }
}

const byPosition = (a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1);

function replace(old, node) {
  const focused = old.contains(document.activeElement);
  old.replaceWith(node);
  if (focused) node.querySelector(".card")?.focus({ preventScroll: true });
}

function drawOwn(entry, tools) {
  const photos = entry.blocks.filter((block) => block.kind === "gallery").flatMap((block) => block.pictures);
  const texts = entry.blocks.filter((block) => block.kind === "paragraph");
  const shown = photos.filter((photo) => photo.url);
  return h("li", { class: "entry user" },
    h("span", { class: "unseen" }, `${t("web-you")}, ${when(entry.at)}`),
    photos.length > 0 && h("div", { class: "photos" }, photos.map((photo) => ownPhoto(photo, () => tools.view(shown, shown.indexOf(photo))))),
    texts.map((block) => h("p", { class: "bubble" }, block.text)));
}

function ownPhoto(photo, open) {
  if (!photo.url) return h("div", { class: "photo no-preview" }, t("web-photo-no-preview"));
  return h("button", { type: "button", class: "photo", "aria-label": t("web-picture-open", { caption: photo.alt }), onclick: open },
    h("img", { src: photo.url, alt: "" }));
}

function drawAnswer(entry, tools) {
  const waiting = entry.stage === "waiting";
  const head = waiting && h("p", { class: "waiting-head" },
    h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
    h("span", { class: "waiting-label" }, t("web-working")));
  const card = h("div", { class: waiting ? "card waiting" : "card", tabindex: "-1" },
    head, drawBlocks(entry, tools), drawActions(entry, (item, node) => tools.press(entry.slot, item, node)));
  return h("li", { class: "entry assistant", "aria-busy": waiting ? "true" : null },
    h("span", { class: "unseen" }, `${t("web-assistant")}, ${when(entry.at)}`), card);
}

