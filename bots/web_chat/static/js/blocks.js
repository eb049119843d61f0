// Draws the blocks of a reply. They say what to show; here is how it looks.

import { button, h, icon } from "./dom.js";
import { t } from "./i18n.js";

const LEVEL_ICON = { emergency: "alert", today: "clock", soon: "calendar", routine: "eye" };

export function drawBlocks(entry, tools) {
  const drawn = entry.blocks.some((block) => block.kind === "gallery" && block.pictures.some((picture) => picture.synthetic));
  const cards = drawn ? entry.blocks.filter(isCard).map((block) => block.text) : [];
  const shown = drawn ? entry.blocks.filter((block) => !isCard(block)) : entry.blocks;
  const nodes = shown.map((block) => DRAWERS[block.kind]?.(block, tools, cards)).filter(Boolean);
  return cards.length ? [...nodes, aboutPictures(cards)] : nodes;
}

// A card is one quiet line of facts between middle dots; it belongs to the picture's close view.
const isCard = (block) => block.kind === "paragraph" && block.quiet && block.text.split(" · ").length > 3;

const aboutPictures = (cards) => h("details", { class: "cards quiet" },
  h("summary", {}, t("web-picture-about")), h("ul", {}, cards.map((card) => h("li", {}, card))));

const DRAWERS = {
  heading: (block) => h("h2", {}, block.text),
  paragraph: (block) => h("p", { class: block.quiet ? "quiet" : null }, block.text),
  ranking: (block) => h("ol", { class: "ranking", "aria-label": t("web-possibilities") }, block.possibilities.map(possibility)),
  next_step: nextStep,
  gallery: gallery,
  download: download,
};

function possibility(row) {
  const fill = h("i");
  fill.style.width = `${Math.round(row.likelihood * 100)}%`;
  return h("li", { class: "possibility" },
    h("div", { class: "possibility-head" },
      h("strong", {}, row.lay_name),
      row.medical_name !== row.lay_name && h("i", {}, row.medical_name),
      h("span", { class: "share" }, row.words)),
    h("div", { class: "bar", "aria-hidden": "true" }, fill),
    row.about && h("p", { class: "about" }, row.about));
}

function nextStep(block) {
  const [lead, ...todo] = block.text.split("\n").filter(Boolean);
  const why = block.reasons.length > 0 && h("details", { open: block.level === "emergency" },
    h("summary", {}, t("web-why")),
    h("ul", {}, block.reasons.map((reason) => h("li", {}, reason))));
  return h("section", { class: `step ${block.level}`, role: block.level === "emergency" ? "alert" : null, "aria-label": block.title },
    icon(LEVEL_ICON[block.level] ?? "eye"),
    h("div", {},
      h("p", { class: "level" }, t(`web-level-${block.level}`)),
      h("h3", {}, block.title),
      h("p", {}, lead),
      todo.length > 0 && h("ul", { class: "do" }, todo.map((line) => h("li", {}, line))),
      why));
}

function gallery(block, tools, cards) {
  const pictures = block.pictures;
  const outlined = pictures.length === 1 && !pictures[0].synthetic;
  const figures = pictures.map((picture, index) => figure(picture, () => tools.view(pictures, index, cards)));
  const grid = h("div", { class: pictures.length === 1 ? "gallery single" : "gallery" }, figures);
  if (!outlined || !pictures[0].url) return grid;
  return h("div", {}, grid, outlineToggle(figures[0], pictures[0], tools));
}

function figure(picture, open) {
  const label = t("web-picture-open", { caption: picture.alt });
  const shown = picture.url
    ? h("button", { type: "button", "aria-label": label, onclick: open }, h("img", { src: picture.url, alt: "", loading: "lazy", decoding: "async" }))
    : h("div", { class: "no-preview" }, picture.alt);
  const { mark, words } = caption(picture);
  return h("figure", { class: "picture" }, shown,
    (mark || words) && h("figcaption", {}, mark && h("span", { class: "badge" }, mark), words));
}

// Captions of synthetic pictures begin with the mark in capitals; it is shown as a badge.
export function caption(picture) {
  const [, mark, words] = /^([\p{Lu}\s·]{4,}):\s+(.*)$/su.exec(picture.caption) ?? [null, t("web-synthetic"), picture.caption];
  return picture.synthetic ? { mark, words } : { mark: "", words: picture.caption };
}

// The outline is drawn into the picture; without it there is the photo that the person sent.
function outlineToggle(node, picture, tools) {
  const image = node.querySelector("img");
  const toggle = button(t("web-outline"), {
    class: "chip toggle", icon: "eye", "aria-pressed": "true",
    onclick: () => {
      const own = tools.ownPhoto();
      const shown = toggle.getAttribute("aria-pressed") === "true";
      if (shown && !own) return;
      toggle.setAttribute("aria-pressed", String(!shown));
      image.src = shown ? own : picture.url;
    },
  });
  return toggle;
}

function download(block) {
  const address = `${block.url}?name=${encodeURIComponent(block.name)}`;
  return h("p", {}, block.caption && h("span", {}, `${block.caption} `),
    h("a", { class: "button calm", href: address, download: block.name }, icon("save"), h("span", {}, `${t("web-download")}: ${block.name}`)));
}
