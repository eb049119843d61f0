// Messages on their way to the server. Each keeps its key until it arrived, so that sending it again is harmless.

import { newKey, upload } from "./api.js";
import { button, h } from "./dom.js";
import { t } from "./i18n.js";

const PAUSES_MS = [1000, 2000, 4000, 8000, 15000];

export class Outbox {
  #messages = [];
  #busy = false;
  #timer = 0;

  constructor({ show, arrived, refused }) {
    Object.assign(this, { show, arrived, refused });
    addEventListener("online", () => this.#go());
    addEventListener("beforeunload", (event) => { if (this.#messages.length) event.preventDefault(); });
  }

  send(number, text, photos) {
    const message = { key: newKey(), number, text, photos, tries: 0, cancel: new AbortController() };
    message.node = drawUnsent(message, () => this.#cancel(message), () => this.#go());
    this.#messages.push(message);
    this.show(message.node);
    this.#go();
  }

  // The board has it: what was drawn for the time being can go.
  seen(slot) {
    const message = this.#messages.find((candidate) => `user.${candidate.key}` === slot);
    if (message) this.#remove(message);
  }

  redraw(number) {
    for (const message of this.#messages) if (message.number === number) this.show(message.node);
  }

  async #go() {
    clearTimeout(this.#timer);
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (this.#messages.length && await this.#sendOne(this.#messages[0]));
    } finally {
      this.#busy = false;
    }
  }

  async #sendOne(message) {
    try {
      message.node.progress(0);
      await upload(`/api/cases/${message.number}/messages`, bodyOf(message), { onprogress: message.node.progress, signal: message.cancel.signal });
      this.arrived(message);
      this.#remove(message);
      return true;
    } catch (error) {
      if (error.name === "AbortError") return true;
      return this.#failed(message, error);
    }
  }

  #failed(message, error) {
    if (error.passing) {
      message.node.failed(error.message || t("web-not-sent"));
      const pause = PAUSES_MS[Math.min(message.tries++, PAUSES_MS.length - 1)];
      this.#timer = setTimeout(() => this.#go(), Math.max(pause, (error.retryS ?? 0) * 1000));
      return false;
    }
    this.#remove(message);
    this.refused(message, error);
    return true;
  }

  #cancel(message) {
    message.cancel.abort();
    this.#remove(message);
  }

  #remove(message) {
    const index = this.#messages.indexOf(message);
    if (index >= 0) this.#messages.splice(index, 1);
    message.node.remove();
  }
}

function bodyOf({ key, text, photos }) {
  if (photos.length === 0) return { key, text };
  const form = new FormData();
  form.append("key", key);
  form.append("text", text);
  for (const { file, preview } of photos) {
    form.append("photo", file, "photo");
    form.append("preview", preview ?? new Blob([]), "preview");
  }
  return form;
}

function drawUnsent(message, cancel, again) {
  const bar = h("progress", { max: "1", value: "0", "aria-label": t("web-sending") });
  const label = h("span", {}, t("web-sending"));
  const retry = button(t("web-again"), { class: "", onclick: again, hidden: true });
  const status = h("div", { class: "sending", role: "status" }, message.photos.length > 0 && bar, label, retry,
    button(t("web-cancel"), { class: "", onclick: cancel }));
  const tiles = message.photos.map(({ url }) => (url
    ? h("div", { class: "photo" }, h("img", { src: url, alt: t("web-own-photo") }))
    : h("div", { class: "photo no-preview" }, t("web-photo-no-preview"))));
  const node = h("li", { class: "entry user unsent" },
    tiles.length > 0 && h("div", { class: "photos" }, tiles), message.text && h("p", { class: "bubble" }, message.text), status);
  node.progress = (share) => {
    bar.value = share;
    bar.hidden = retry.hidden = false;
    retry.hidden = true;
    label.textContent = message.photos.length ? t("web-upload-progress", { percent: Math.round(share * 100) }) : t("web-sending");
  };
  node.failed = (text) => {
    bar.hidden = true;
    retry.hidden = false;
    label.textContent = text;
  };
  return node;
}
