// The native API, as /api/openapi.json describes it.

export class Refused extends Error {
  constructor(status, error) {
    super(error?.message ?? "HTTP " + status);
    this.status = status;
    this.code = error?.code ?? "";
  }
}

async function call(path, options = {}) {
  const answer = await fetch(path, { credentials: "same-origin", ...options });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, body.error);
  return body;
}

const post = (path, body, headers = {}) =>
  call(path, { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) });

const random = () => [...crypto.getRandomValues(new Uint8Array(16))].map(b => b.toString(16).padStart(2, "0")).join("");

export const api = {
  generators: () => call("/api/generators"),
  jobs: parameters => call("/api/jobs?" + new URLSearchParams(parameters)),
  job: id => call("/api/jobs/" + encodeURIComponent(id)),
  // The key lets a click that was sent twice make one job.
  submit: request => post("/api/jobs", request, { "Idempotency-Key": random() }),
  cancel: id => post("/api/jobs/" + encodeURIComponent(id) + "/cancel", {}),
  compare: request => post("/api/comparisons", request),
  comparison: id => call("/api/comparisons/" + encodeURIComponent(id)),
  upload: blob => call("/api/pictures", { method: "POST", headers: { "Content-Type": blob.type || "application/octet-stream" }, body: blob }),
  signIn: token => post("/api/session", { token }),
};

/** Hears what happens; comes back by itself. onEvent(kind, data), onState(connected). */
export function listen(after, onEvent, onState) {
  const source = new EventSource("/api/events" + (after ? "?after=" + encodeURIComponent(after) : ""));
  for (const kind of ["job", "progress", "gap"]) {
    source.addEventListener(kind, event => onEvent(kind, JSON.parse(event.data)));
  }
  source.onopen = () => onState(true);
  source.onerror = () => {
    onState(false);
    // A browser gives up where the connection is refused; we do not.
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(() => listen(null, onEvent, onState), 2000);
    }
  };
  return source;
}
