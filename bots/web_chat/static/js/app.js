// Starts the page and connects its parts.

import { say } from "./announce.js";
import { Refused, getSession, getWords, newKey, post } from "./api.js";
import { Conversation } from "./conversation.js";
import { byId, icon } from "./dom.js";
import { setWords, t } from "./i18n.js";
import { Outbox } from "./outbox.js";
import { askAccess, drawCases, drawHero, setUpSidebar, showSave, showSettings, shutDialog } from "./panels.js";
import { PhotoTray, catchFiles } from "./photos.js";
import { Stream } from "./stream.js";
import { Viewer } from "./viewer.js";

let session = null;
let current = 0;

const viewer = new Viewer(() => conversation.ownPhoto());
const conversation = new Conversation({
  press,
  view: (...chosen) => viewer.open(...chosen),
  ownPhoto: () => conversation.ownPhoto(),
});
const tray = new PhotoTray({ limits: () => session.limits, notice, changed: updateComposer });
const outbox = new Outbox({
  show: (node) => { conversation.add(node); updateHero(); },
  arrived: refreshCases,
  refused: (message, error) => { notice(error.message || t("web-trouble")); byId("message").value ||= message.text; updateComposer(); },
});
const stream = new Stream({ entry, ready, live: (live) => conversation.live(live), lost });
const shutSidebar = setUpSidebar();

function entry(item) {
  outbox.seen(item.slot);
  conversation.apply(item);
  updateHero();
  if (!conversation.waiting) stream.rest();
}

function ready() {
  byId("loading").hidden = true;
  conversation.caughtUp();
  updateHero();
  banner("");
  if (!session.agreed && conversation.empty) command("start", "", `start-case-${current}`);
}

// The line is dead, or the case is: it may have been erased in another tab.
async function lost() {
  banner(navigator.onLine ? "web-reconnecting" : "web-offline");
  try {
    session = await getSession();
    if (session.cases.some((item) => item.number === current)) return;
    shutDialog();
    await start(wanted());
  } catch (error) {
    if (error.code === "web-error-access") await showAccess();
  }
}

function banner(key, good = false) {
  const node = byId("banner");
  node.hidden = !key;
  node.textContent = key ? t(key) : "";
  node.classList.toggle("good", good);
}

function notice(text) {
  byId("notice").textContent = text;
  byId("notice").hidden = !text;
}

function updateHero() {
  const show = !conversation.spokenTo && !byId("entries").querySelector(".unsent") && byId("loading").hidden;
  byId("hero").hidden = !show;
  if (show) drawHero(session.limits.days, session.agreed, () => byId("files").click());
}

function updateComposer() {
  document.body.classList.toggle("agreed", Boolean(session?.agreed));
  const field = byId("message");
  const open = Boolean(session?.agreed);
  for (const id of ["message", "add-photos", "take-photo"]) byId(id).disabled = !open;
  byId("send").disabled = !open || (!field.value.trim() && tray.size === 0);
  field.placeholder = open ? t("web-message-hint") : t("web-consent-first");
  field.style.height = "auto";
  field.style.height = `${Math.max(44, field.scrollHeight)}px`;
}

async function refreshCases() {
  try {
    session = await getSession();
    drawCases(session.cases, current, openCase);
  } catch { /* the list is brought up to date the next time */ }
}

function openCase(number, { push = true } = {}) {
  current = number;
  if (push) history.pushState({}, "", `/c/${number}`);
  shutSidebar();
  notice("");
  conversation.reset();
  byId("loading").hidden = false;
  byId("hero").hidden = true;
  drawCases(session.cases, current, openCase);
  outbox.redraw(number);
  stream.open(number);
  byId("scroll").focus({ preventScroll: true });
}

async function newCase() {
  const { number } = await post("/api/cases", {});
  await refreshCases();
  openCase(number);
  byId("message").focus();
}

async function press(slot, item, node) {
  if (item.name === "new") { await attempt(newCase); return; }
  if (item.name === "delete" && item.argument === "yes") { await attempt(erase); return; }
  node.disabled = item.name !== "rate";
  const done = await command(item.name, item.argument, newKey(), slot);
  if (done && item.name === "agree") await agreed();
  if (done && item.name === "language") await speak();
  setTimeout(() => { node.disabled = false; }, 1500);
}

async function agreed() {
  await refreshCases();
  updateComposer();
  updateHero();
  byId("scroll").scrollTo({ top: 0 });
  byId("message").focus();
}

function command(name, argument = "", key = newKey(), slot = "") {
  return attempt(async () => {
    await post(`/api/cases/${current}/commands`, { key, name, argument, slot });
    if (["draw", "compare", "ask", "reference", "intake"].includes(name)) conversation.toEnd();
  });
}

async function attempt(action) {
  notice("");
  try {
    await action();
    return true;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    notice(error.message || t(navigator.onLine ? "web-trouble" : "web-offline"));
    return false;
  }
}

async function erase() {
  shutDialog();
  await attempt(async () => {
    stream.close();
    const { number } = await post("/api/delete", {});
    await start(number);
  });
}

async function language(locale) {
  await attempt(async () => {
    await post("/api/locale", { locale, case: current });
    shutDialog();
    await speak();
  });
}

async function register(value) {
  await attempt(async () => {
    await post("/api/register", { register: value });
    session.register = value;
  });
}

async function speak() {
  session = await getSession();
  setWords(session.strings, session.locale);
  openCase(current, { push: false });
  updateComposer();
}

function submit(event) {
  event?.preventDefault();
  const field = byId("message");
  const text = field.value.trim();
  if (byId("send").disabled) return;
  if (text === "/new") { field.value = ""; attempt(newCase); return; }
  if (text === "/delete") { field.value = ""; showSettings(session, dialogTools); return; }
  notice("");
  field.value = "";
  outbox.send(current, text, tray.take());
  updateComposer();
}

const dialogTools = {
  language,
  register,
  erase,
  command: (name) => { shutDialog(); command(name); },
};

function listen() {
  byId("composer").addEventListener("submit", submit);
  byId("message").addEventListener("input", updateComposer);
  byId("message").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  });
  byId("new-case").addEventListener("click", () => attempt(newCase));
  byId("open-settings").addEventListener("click", () => { shutSidebar(); showSettings(session, dialogTools); });
  byId("open-save").addEventListener("click", () => showSave(current, dialogTools));
  catchFiles((files) => { if (session?.agreed) { tray.add(files); byId("message").focus(); } });
  addEventListener("offline", () => banner("web-offline"));
  addEventListener("online", () => { banner("web-online", true); say(t("web-online")); });
  addEventListener("popstate", () => openCase(wanted(), { push: false }));
}

function wanted() {
  const number = Number(location.pathname.split("/")[2]);
  return session.cases.some((item) => item.number === number) ? number : session.cases.at(-1).number;
}

async function start(number) {
  session = await getSession();
  setWords(session.strings, session.locale);
  updateComposer();
  openCase(number ?? wanted(), { push: Boolean(number) });
}

async function startOrAsk(message = "") {
  try {
    await start();
    shutDialog();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.code === "web-error-access") await showAccess(message);
    else setTimeout(startOrAsk, error.retryS * 1000);
  }
}

async function showAccess(message) {
  const { strings, locale } = await getWords();
  setWords(strings, locale);
  askAccess(tryToken, message);
}

async function tryToken(token) {
  try {
    await post("/api/access", { token });
  } catch (error) {
    askAccess(tryToken, error.message);
    return;
  }
  await startOrAsk();
}

for (const node of document.querySelectorAll("[data-icon]")) node.append(icon(node.dataset.icon));
listen();
await startOrAsk();
