// Photos that wait to be sent: picked, dropped, pasted or taken; checked, previewed, removable.

import { byId, h, icon } from "./dom.js";
import { t } from "./i18n.js";

const PREVIEW_PX = 1280;
const QUALITY = 0.86;

export class PhotoTray {
  #photos = [];

  constructor({ limits, notice, changed }) {
    Object.assign(this, { limits, notice, changed });
    this.list = byId("tray");
  }

  get size() { return this.#photos.length; }

  async add(files) {
    this.notice("");
    for (const file of files) {
      const fault = this.#fault(file);
      if (fault) { this.notice(fault); continue; }
      const photo = { file, preview: null, url: null };
      this.#photos.push(photo);
      this.#draw();
      photo.preview = await drawPreview(file);
      photo.url = photo.preview && URL.createObjectURL(photo.preview);
      this.#draw();
    }
  }

  take() {
    const photos = this.#photos;
    this.#photos = [];
    this.#draw();
    return photos;
  }

  #fault(file) {
    const { photos, photo_bytes: bytes } = this.limits();
    if (!/^image\//.test(file.type) && !/\.(heic|heif|jpe?g|png|webp|tiff?)$/i.test(file.name)) return t("web-photo-not-image");
    if (file.size > bytes) return t("web-photo-too-large", { name: file.name, limit: Math.floor(bytes / 1e6) });
    if (this.#photos.length >= photos) return t("web-photo-too-many", { limit: photos });
    return "";
  }

  #draw() {
    this.list.hidden = this.#photos.length === 0;
    this.list.replaceChildren(...this.#photos.map((photo, index) => this.#tile(photo, index)));
    this.changed();
  }

  #tile(photo, index) {
    const number = index + 1;
    const shown = photo.url
      ? h("img", { src: photo.url, alt: t("web-photo-number", { number }) })
      : h("div", { class: "no-preview" }, t("web-photo-no-preview"));
    const remove = () => {
      this.#photos.splice(this.#photos.indexOf(photo), 1);
      if (photo.url) URL.revokeObjectURL(photo.url);
      this.#draw();
      (this.list.querySelectorAll("button")[Math.min(index, this.size - 1)] ?? byId("message")).focus();
    };
    return h("li", { class: "tile" }, shown,
      h("button", { type: "button", "aria-label": t("web-photo-remove", { number }), onclick: remove }, icon("close")));
  }
}

// Drawing it anew turns it upright and leaves place and camera behind. Null where the browser cannot.
async function drawPreview(file) {
  try {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, PREVIEW_PX / Math.max(image.width, image.height));
    const canvas = h("canvas", { width: Math.max(1, Math.round(image.width * scale)), height: Math.max(1, Math.round(image.height * scale)) });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    image.close();
    return await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  } catch {
    return null;
  }
}

export function catchFiles(add) {
  for (const [opener, input] of [["add-photos", "files"], ["take-photo", "camera"]]) {
    byId(opener).addEventListener("click", () => byId(input).click());
    byId(input).addEventListener("change", (event) => {
      add([...event.target.files]);
      event.target.value = "";
    });
  }
  addEventListener("paste", (event) => event.clipboardData?.files.length && add([...event.clipboardData.files]));
  catchDrops(add);
}

function catchDrops(add) {
  const veil = byId("drop");
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragenter", (event) => { if (carriesFiles(event)) veil.hidden = false; });
  addEventListener("dragover", (event) => { if (carriesFiles(event)) event.preventDefault(); });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) veil.hidden = true; });
  addEventListener("drop", (event) => {
    veil.hidden = true;
    if (!carriesFiles(event)) return;
    event.preventDefault();
    add([...event.dataTransfer.files]);
  });
}
