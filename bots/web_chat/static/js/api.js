// Talks to the server. Every change carries the CSRF token and a key that makes sending it twice harmless.

let csrf = "";

export class Refused extends Error {
  constructor(status, code, message, retryS) {
    super(message);
    Object.assign(this, { status, code, retryS });
  }

  get passing() { return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500; }
}

export const newKey = () => crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

async function request(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(30000), ...options });
  } catch {
    throw new Refused(0, "offline", "", 2);
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, body.code ?? "", body.message ?? "", Number(response.headers.get("Retry-After")) || 2);
  return body;
}

export async function getSession() {
  const session = await request("/api/session");
  csrf = session.csrf;
  return session;
}

export const getWords = () => request("/api/words");

export function post(path, body) {
  return request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
    body: JSON.stringify({ key: newKey(), ...body }),
  });
}

// XMLHttpRequest, because fetch cannot tell how much of a body has left.
export function upload(path, body, { onprogress, signal }) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open("POST", path);
    xhr.timeout = 180000;
    xhr.setRequestHeader("X-CSRF-Token", csrf);
    xhr.upload.onprogress = (event) => event.lengthComputable && onprogress(event.loaded / event.total);
    xhr.onload = () => {
      if (xhr.status >= 200 && xhr.status < 300) { resolve(); return; }
      let said = {};
      try { said = JSON.parse(xhr.responseText); } catch { /* an answer of a proxy in between */ }
      reject(new Refused(xhr.status, said.code ?? "", said.message ?? "", Number(xhr.getResponseHeader("Retry-After")) || 2));
    };
    xhr.onerror = xhr.ontimeout = () => reject(new Refused(0, "offline", "", 2));
    xhr.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    signal.addEventListener("abort", () => xhr.abort());
    if (!(body instanceof FormData)) xhr.setRequestHeader("Content-Type", "application/json");
    xhr.send(body instanceof FormData ? body : JSON.stringify(body));
  });
}
