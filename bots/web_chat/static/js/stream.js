// Listens to one case. It always knows the last entry it saw, so it can stop and go on at any time.

const PATIENCE_MS = [500, 1000, 2000, 4000, 8000, 15000];

export class Stream {
  #source = null;
  #number = 0;
  #after = 0;
  #failures = 0;
  #timer = 0;

  constructor(handlers) {
    this.handlers = handlers;
    addEventListener("online", () => this.#reopen());
    document.addEventListener("visibilitychange", () => document.hidden || this.#reopenIfClosed());
  }

  open(number) {
    this.close();
    this.#number = number;
    this.#after = 0;
    this.#connect();
  }

  close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  // A hidden tab with nothing to wait for gives its connection back: browsers allow only six per site.
  rest() {
    if (document.hidden) this.close();
  }

  #reopen() {
    if (!this.#number) return;
    this.close();
    this.#connect();
  }

  #reopenIfClosed() {
    if (!this.#source) this.#reopen();
  }

  #connect() {
    const source = new EventSource(`/api/cases/${this.#number}/events?after=${this.#after}`);
    this.#source = source;
    source.addEventListener("entry", (event) => this.#entry(JSON.parse(event.data)));
    source.addEventListener("live", (event) => this.handlers.live(JSON.parse(event.data)));
    source.addEventListener("ready", () => {
      this.#failures = 0;
      this.handlers.ready();
    });
    source.addEventListener("error", () => this.#lost(source));
  }

  #entry(entry) {
    if (entry.sequence <= this.#after) return;
    this.#after = entry.sequence;
    this.handlers.entry(entry);
  }

  #lost(source) {
    if (source !== this.#source) return;
    this.close();
    const pause = PATIENCE_MS[Math.min(this.#failures, PATIENCE_MS.length - 1)];
    this.#failures += 1;
    if (this.#failures > 1) this.handlers.lost();
    this.#timer = setTimeout(() => this.#connect(), pause);
  }
}
