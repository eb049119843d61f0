// The sidebar and the dialogs around the conversation: cases, settings, saving, deleting, the access token.

import { button, byId, h, icon, radios } from "./dom.js";
import { t, when } from "./i18n.js";

export function drawCases(cases, current, open) {
  const newest = [...cases].sort((a, b) => b.number - a.number);
  byId("cases").replaceChildren(...newest.map((item) => h("li", {},
    h("button", { type: "button", class: "case", "aria-current": item.number === current ? "page" : null, onclick: () => open(item.number) },
      h("strong", {}, item.title || t("web-case-empty")), h("time", {}, when(item.updated))))));
  byId("case-title").textContent = cases.find((item) => item.number === current)?.title || t("web-case-empty");
}

export function drawHero(days, agreed, pick) {
  byId("hero").classList.toggle("before", !agreed);
  const step = (name, key) => h("div", {}, h("h3", {}, icon(name), t(key)), h("p", {}, t(`${key}-text`)));
  byId("hero").replaceChildren(...[
    h("h2", {}, t("web-hero-title")),
    h("p", {}, t("web-hero-text")),
    agreed && h("button", { type: "button", class: "dropzone", onclick: pick },
      h("span", { class: "round" }, icon("photo")),
      h("div", {}, h("strong", {}, t("web-drop")), h("span", {}, t("web-drop-text")))),
    h("div", { class: "steps" }, step("eye", "web-hero-photo"), step("chat", "web-hero-ask"), step("compare", "web-hero-compare")),
    h("p", { class: "keep" }, icon("shield"), h("span", {}, t("web-hero-keep", { days }))),
  ].filter(Boolean));
}

const narrow = matchMedia("(max-width: 860px)");

export function setUpSidebar() {
  const sidebar = byId("sidebar");
  const set = (open) => {
    sidebar.classList.toggle("open", open);
    byId("scrim").hidden = !(open && narrow.matches);
    byId("column").inert = open && narrow.matches;
    byId("open-sidebar").setAttribute("aria-expanded", String(open));
  };
  const shut = () => {
    if (!sidebar.classList.contains("open")) return;
    set(false);
    byId("open-sidebar").focus();
  };
  byId("open-sidebar").addEventListener("click", () => { set(true); byId("close-sidebar").focus(); });
  byId("close-sidebar").addEventListener("click", shut);
  byId("scrim").addEventListener("click", shut);
  addEventListener("keydown", (event) => { if (event.key === "Escape") shut(); });
  narrow.addEventListener("change", () => set(false));
  return () => set(false);
}

function show(title, ...body) {
  const dialog = byId("dialog");
  const shut = { type: "button", class: "icon-button", "aria-label": t("web-close"), onclick: () => dialog.close() };
  const close = h("button", shut, icon("close"));
  dialog.replaceChildren(h("div", { class: "dialog-head" }, h("h2", { id: "dialog-title" }, title), close), ...body.flat());
  if (!dialog.open) dialog.showModal();
  return dialog;
}

export const shutDialog = () => byId("dialog").close();

const entryButton = (name, label, act, kind = "") => h("button", { type: "button", class: `list-button ${kind}`, onclick: act }, icon(name), h("span", {}, label));

export function showSettings(session, { language, register, command, erase }) {
  const names = new Intl.DisplayNames([session.locale], { type: "language" });
  const select = h("select", { id: "language", onchange: (event) => language(event.target.value) },
    session.locales.map((locale) => h("option", { value: locale, lang: locale, selected: locale === session.locale }, names.of(locale))));
  const chosen = localStorage.getItem("theme") || "auto";
  const themes = ["auto", "light", "dark"].map((value) => [value, h("span", {}, t(`web-theme-${value}`)), null]);
  const theme = radios("segment", "theme", { text: t("web-theme") }, themes, chosen, (value) => {
    localStorage.setItem("theme", value);
    dispatchEvent(new Event("theme"));
  });
  theme.className = "field";
  const registers = ["lay", "clinician"].map((value) => [value, h("span", {}, t(`web-words-${value}`)), null]);
  const words = radios("segment", "register", { text: t("web-words") }, registers, session.register, register);
  words.className = "field";
  show(t("web-settings"),
    h("div", { class: "field" }, h("label", { for: "language" }, t("web-language")), select),
    theme,
    words,
    h("p", { class: "quiet" }, t("web-words-hint")),
    h("div", { class: "list-buttons" },
      entryButton("shield", t("web-privacy"), () => command("privacy")),
      entryButton("help", t("web-help"), () => command("help")),
      entryButton("trash", t("web-delete-all"), () => confirmDelete(erase), "risky")));
}

function confirmDelete(erase) {
  const dialog = show(t("web-delete-title"), h("p", {}, t("web-delete-text")),
    h("div", { class: "dialog-row" },
      button(t("web-cancel"), { onclick: shutDialog }),
      button(t("web-delete-confirm"), { class: "button risky", icon: "trash", onclick: erase })));
  dialog.querySelector(".dialog-row button").focus();
}

export function showSave(number, { command }) {
  const address = `/api/cases/${number}/export.html`;
  show(t("web-save"),
    h("div", { class: "list-buttons" },
      entryButton("print", t("web-save-print"), () => { shutDialog(); print(); }),
      h("a", { class: "list-button", href: address, download: `skingen-${number}.html`, onclick: shutDialog }, icon("file"), h("span", {}, t("web-save-page"))),
      entryButton("save", t("web-save-all"), () => command("export"))));
}

export function askAccess(send, message) {
  const input = h("input", { id: "access", type: "password", required: true, autocomplete: "current-password" });
  const submit = (event) => { event.preventDefault(); send(input.value); };
  const form = h("form", { onsubmit: submit },
    h("div", { class: "field" }, h("label", { for: "access" }, t("web-access-label")), input),
    message && h("p", { class: "notice", role: "alert" }, message),
    h("div", { class: "dialog-row" }, h("button", { type: "submit", class: "button" }, t("web-access-send"))));
  const dialog = show(t("web-access-title"), h("p", {}, t("web-access-text")), form);
  dialog.querySelector(".dialog-head button").remove();
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  input.focus();
}
