// What to tell a person about an answer that is not a success, and at which field.

import { count, fill, texts } from "./texts.js";

/** The last part of the problem's type; empty if the answer is not the service's. */
export function slug({ body }) {
  return String(body.type ?? "").split("/").pop();
}

/** Whether an answer refuses another code because the previous one, replaceable after this many seconds, is still valid. */
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

/** A gateway's own answers have no problem. */
function unexplained(status) {
  if (status === 0) return texts.no_answer;
  if (status === 413) return texts.problems["body-too-large"];
  return status === 429 || status >= 502 ? texts.problems.unavailable : texts.trouble;
}

/** Maps the API's texts to those of the page; their numbers are in the same order. */
function invalid(detail) {
  const numbers = detail.match(/\d+/g) ?? [];
  const text = texts.details[detail.replace(/\d+/g, "{n}")];
  return text ? text.replace(/\{n\}/g, () => numbers.shift()) : detail;
}

function attempts(left) {
  if (left === undefined) return "";
  return left === 0 ? texts.no_attempts : count(texts.attempts, left);
}
