// The page's own words, in the reader's language, as the server sent them.

let words = {};
let language = "en";

// The browser's own variant of the language, such as British English, knows how to write dates.
const variant = () => navigator.languages.find((one) => one.startsWith(language)) ?? language;

export function setWords(strings, locale) {
  words = strings;
  language = locale;
  document.documentElement.lang = locale;
  fill(document);
}

export function t(key, values = {}) {
  return (words[key] ?? "").replace(/\{(\w+)\}/g, (mark, name) => String(values[name] ?? mark));
}

export function fill(root) {
  for (const node of root.querySelectorAll("[data-text]")) node.textContent = t(node.dataset.text);
  for (const node of root.querySelectorAll("[data-placeholder]")) node.placeholder = t(node.dataset.placeholder);
  for (const node of root.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", t(node.dataset.label));
    if (node.matches("button")) node.title = t(node.dataset.label);
  }
}

export function when(seconds) {
  const date = new Date(seconds * 1000);
  const today = new Date().toDateString() === date.toDateString();
  const form = today ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short" };
  return new Intl.DateTimeFormat(variant(), form).format(date);
}
