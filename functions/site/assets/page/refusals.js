// What to tell a person of an answer that is no success, and at which field.

import { count, fill, texts } from "./texts.js";

/** The last part of the problem's type; empty when the answer is none of the service's. */
export function slug({ body }) {
  return String(body.type ?? "").split("/").pop();
}

/** Whether an answer refuses another code because the one before, which can be replaced within so many seconds, is alive. */
export function isEarly({ body }, seconds) {
  return slug({ body }) === "too-many-codes" && body.retry_after <= seconds;
}

/** The texts for an answer: {fields: {name: text}} or {message: text}. */
export function explain(answer) {
  const { errors, attempts_left: left, request_id: id } = answer.body;
  const at = (field, text) => ({ fields: { [field]: text } });
  switch (slug(answer)) {
    case "invalid-input":
      return { fields: Object.fromEntries(errors.map(({ pointer, detail }) => [pointer.slice("#/".length), invalid(detail)])) };
    case "unauthorized":
      return at("current", texts.wrong_password);
    case "already-registered":
      return at("email", texts.registered);
    case "mail-undeliverable":
      return at("email", texts.undeliverable);
    case "code-incorrect":
      return at("code", [texts.wrong_code, attempts(left)].filter(Boolean).join(" "));
    case "code-expired":
      return at("code", texts.expired);
    case "internal":
      return { message: `${texts.trouble} ${fill(texts.reference, { id })}` };
    default:
      return { message: texts.problems[slug(answer)] ?? unexplained(answer.status) };
  }
}

/** What a gateway answers by itself has no problem in it. */
function unexplained(status) {
  if (status === 0) return texts.no_answer;
  if (status === 413) return texts.problems["body-too-large"];
  return status === 429 || status >= 502 ? texts.problems.unavailable : texts.trouble;
}

/** The texts of the page go by those of the API, whose numbers are in the order of the page's. */
function invalid(detail) {
  const numbers = detail.match(/\d+/g) ?? [];
  const text = texts.details[detail.replace(/\d+/g, "{n}")];
  return text ? text.replace(/\{n\}/g, () => numbers.shift()) : detail;
}

function attempts(left) {
  if (left === undefined) return "";
  return left === 0 ? texts.no_attempts : count(texts.attempts, left);
}
