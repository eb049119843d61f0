// A picture up close, with its card; alone, next to the person's own photo, or slid over it.

import { caption } from "./blocks.js";
import { byId, h, icon, radios } from "./dom.js";
import { t } from "./i18n.js";

export class Viewer {
  #pictures = [];
  #facts = new Map();
  #index = 0;
  #mode = "view";
  #share = 50;

  constructor(ownPhoto) {
    this.ownPhoto = ownPhoto;
    this.dialog = byId("viewer");
    this.dialog.addEventListener("keydown", (event) => this.#key(event));
    this.dialog.addEventListener("click", (event) => { if (event.target === this.dialog) this.dialog.close(); });
  }

  // `cards` holds one line of facts per picture, one for all that are alike, or nothing.
  open(pictures, index, cards = []) {
    const card = (place) => (cards.length === 1 ? cards[0] : cards[cards.length === pictures.length ? place : -1]);
    this.#facts = new Map(pictures.map((picture, place) => [picture, card(place)?.split(" · ") ?? []]));
    this.#pictures = pictures.filter((picture) => picture.url);
    this.#index = Math.max(0, this.#pictures.indexOf(pictures[index]));
    this.#mode = "view";
    this.#draw();
    this.dialog.showModal();
  }

  #key(event) {
    if (event.target.matches("input")) return;
    if (event.key === "ArrowLeft") this.#turn(-1);
    if (event.key === "ArrowRight") this.#turn(1);
  }

  #turn(step) {
    this.#index = (this.#index + step + this.#pictures.length) % this.#pictures.length;
    this.#draw();
  }

  #draw() {
    const picture = this.#pictures[this.#index];
    this.dialog.replaceChildren(this.#head(picture), ...this.#stage(picture), this.#card(picture));
  }

  #head(picture) {
    const modes = [["view", t("web-picture-view")], ["split", t("web-picture-split")], ["slide", t("web-picture-slide")]]
      .map(([value, text]) => [value, h("span", {}, text), null]);
    const pick = (value) => {
      this.#mode = value;
      this.#draw();
      this.dialog.querySelector(`input[value=${value}]`).focus();
    };
    const comparable = picture.synthetic && this.ownPhoto();
    const shut = { type: "button", class: "icon-button", "aria-label": t("web-close"), autofocus: true, onclick: () => this.dialog.close() };
    const legend = { text: t("web-picture-view"), hidden: true };
    return h("div", { class: "viewer-head" },
      comparable ? radios("segment", "viewer-mode", legend, modes, this.#mode, pick) : h("span", { class: "segments-none" }),
      h("button", shut, icon("close")));
  }

  #stage(picture) {
    const own = this.ownPhoto();
    const mode = own && picture.synthetic ? this.#mode : "view";
    // A synthetic picture carries its badge in its pixels; a second label would lie over it.
    const shown = h("figure", {}, h("img", { src: picture.url, alt: picture.alt }));
    if (mode === "view") return [h("div", { class: "stage" }, shown)];
    const label = h("span", { class: mode === "slide" ? "label right" : "label" }, t("web-own-photo"));
    const mine = h("figure", {}, h("img", { src: own, alt: t("web-own-photo") }), label);
    if (mode === "split") return [h("div", { class: "stage split" }, mine, shown)];
    return this.#slide(shown, mine);
  }

  #slide(shown, mine) {
    const divider = h("span", { class: "divider" });
    mine.append(divider);
    const place = () => {
      mine.style.clipPath = `inset(0 0 0 ${this.#share}%)`;
      divider.style.left = `${this.#share}%`;
    };
    const slider = h("input", {
      type: "range", class: "slider", min: "0", max: "100", value: String(this.#share), "aria-label": t("web-picture-slider"),
      oninput: (event) => { this.#share = Number(event.target.value); place(); },
    });
    place();
    return [h("div", { class: "stage slide" }, shown, mine), slider];
  }

  #card(picture) {
    const { mark, words } = caption(picture);
    const facts = this.#facts.get(picture);
    const many = this.#pictures.length > 1;
    const nav = many && h("div", { class: "viewer-nav" },
      h("button", { type: "button", class: "icon-button", "aria-label": t("web-picture-previous"), onclick: () => this.#turn(-1) }, icon("left")),
      h("span", { "aria-live": "polite" }, t("web-picture-place", { number: this.#index + 1, count: this.#pictures.length })),
      h("button", { type: "button", class: "icon-button", "aria-label": t("web-picture-next"), onclick: () => this.#turn(1) }, icon("right")));
    return h("div", { class: "viewer-card" },
      h("div", { class: "viewer-words" },
        h("p", { id: "viewer-caption" }, mark && h("span", { class: "badge" }, mark), words || picture.alt),
        facts.length > 0 && h("ul", { class: "facts" }, facts.map((fact) => h("li", {}, fact)))),
      nav);
  }
}
