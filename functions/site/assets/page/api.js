// API calls. Listeners get each call, with what was sent and what came back.
//
// The browser is told to send no credentials of its own, so it shows no password dialog after a 401. The mails that a
// call sends are in the language of the page.

import { now } from "./clock.js";
import { lang } from "./texts.js";

/** How long an answer may take, in milliseconds. A function has 15 seconds. */
const PATIENCE = 20_000;

const listeners = [];

/** Calls `listener` with every API call from now on. */
export function listen(listener) {
  listeners.push(listener);
}

/**
 * Calls the API. `credentials` is {email, password}, `input` the JSON to send.
 * Resolves to {status, ok, body, seen}: `status` is 0 when there was no answer, `seen` is the service's time.
 */
export async function call(method, path, { credentials, input } = {}) {
  const headers = { "accept-language": lang };
  if (credentials) headers["authorization"] = `Basic ${base64(`${credentials.email}:${credentials.password}`)}`;
  if (input) headers["content-type"] = "application/json";

  const started = now();
  const answer = await ask(path, {
    method,
    headers,
    body: input && JSON.stringify(input),
    credentials: "omit",
    cache: "no-store",
    signal: AbortSignal.timeout(PATIENCE),
  });
  const took = Math.round(now() - started);
  for (const listener of listeners) listener({ method, path, credentials, input, answer, took });
  return answer;
}

async function ask(path, request) {
  try {
    const response = await fetch(path, request);
    const text = await response.text();
    return {
      status: response.status,
      ok: response.ok,
      headers: response.headers,
      body: parsed(text),
      // The header has whole seconds: taking the end of the second, no countdown ends too late.
      seen: Date.parse(response.headers.get("date")) + 999 || Date.now(),
    };
  } catch {
    return { status: 0, ok: false, headers: new Headers(), body: {}, seen: Date.now() };
  }
}

/** The object in a body; an empty one if there is none, as in a gateway's own answers. */
function parsed(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
