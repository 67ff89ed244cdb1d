// What the server put into the page: settings, and the texts of its language. And how texts are made of them.

const page = JSON.parse(document.getElementById("page").textContent);

export const { service, settings, texts } = page;
export const lang = document.documentElement.lang;

/** A text with its {placeholders} filled in. */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

/** The text for so many: {one, other} after the rules of the language. */
export function count(forms, n) {
  return fill(forms[new Intl.PluralRules(lang).select(n)] ?? forms.other, { n });
}

/** Seconds as a clock shows them, or as words when they are many: 0:20, 12 min. */
export function time(seconds) {
  if (seconds < 600) return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  const unit = seconds < 7200 ? "minute" : "hour";
  const number = Math.ceil(seconds / (unit === "minute" ? 60 : 3600));
  return new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "short" }).format(number);
}

/** A day as the language writes it. */
export function day(instant) {
  return new Intl.DateTimeFormat(lang, { dateStyle: "long" }).format(new Date(instant));
}

/** Lets a screen reader say it. */
export function say(text) {
  document.getElementById("status").textContent = text;
}
