// The panel for developers that shows each API call as it happens. Passwords and codes are never put into it.

import { listen } from "./api.js";

const HIDDEN = "••••";
const SECRETS = ["password", "code"];
const SHOWN_HEADERS = ["content-type", "retry-after", "www-authenticate"];
const list = document.querySelector("[data-calls]");

listen((made) => {
  document.querySelector("[data-no-calls]").hidden = true;
  for (const older of list.querySelectorAll("details[open]")) older.open = false;
  list.prepend(entry(made));
});

function entry(made) {
  const { method, path, answer, took } = made;
  const result = element("span", answer.status ? `${answer.status}` : "no answer");
  result.className = `answer ${answer.ok ? "good" : "bad"}`;
  const summary = element("summary", "");
  summary.append(element("code", `${method} ${path}`), result, element("time", `${took} ms`));

  const details = element("details", "");
  const copy = element("button", "Copy as curl");
  copy.type = "button";
  copy.addEventListener("click", async () => {
    copy.textContent = await copied(curl(made));
    setTimeout(() => (copy.textContent = "Copy as curl"), 2000);
  });
  details.append(summary, block("Request", requestText(made)), block("Answer", answerText(answer)), copy);

  const item = element("li", "");
  item.append(details);
  return item;
}

function requestText({ method, path, credentials, input }) {
  const lines = [`${method} ${path}`];
  if (credentials) lines.push(`authorization: Basic ${HIDDEN}`);
  if (input) lines.push("content-type: application/json", "", json(withSecrets(input, () => HIDDEN)));
  return lines.join("\n");
}

function answerText({ status, headers, body }) {
  if (!status) return "The service did not answer.";
  const lines = SHOWN_HEADERS.filter((name) => headers.has(name)).map((name) => `${name}: ${headers.get(name)}`);
  return [status, ...lines, "", json(body)].join("\n");
}

/** The call for a shell: curl asks for the password of the credentials, and the shell for a variable of each secret. */
function curl({ method, path, credentials, input }) {
  const words = ["curl", "-i", "-X", method, quoted(new URL(path, location.href).href)];
  if (credentials) words.push("-u", quoted(credentials.email));
  if (input) {
    const body = quoted(JSON.stringify(withSecrets(input, (name) => `\u0000${name.toUpperCase()}\u0000`)));
    words.push("-H", "'Content-Type: application/json'", "-d", body.replace(/\\u0000(\w+)\\u0000/g, `'"\${$1:?}"'`));
  }
  return words.join(" ");
}

function withSecrets(input, shown) {
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [name, SECRETS.includes(name) ? shown(name) : value]),
  );
}

function quoted(text) {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return "Copied";
  } catch {
    return "Copying is not allowed here";
  }
}

function block(name, text) {
  const pre = element("pre", text);
  pre.setAttribute("aria-label", name);
  return pre;
}

function json(value) {
  return JSON.stringify(value, null, 2);
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
