// One screen at a time, named by the fragment of the address: each can be linked to, and Back leads to the previous one.

import { service } from "./texts.js";

const card = document.getElementById("card");
let byName;
let shown;

/** Shows the screen of the address. Each of `screens` has `show`, and `instead` names the one to show in its place. */
export function start(screens) {
  byName = screens;
  addEventListener("hashchange", () => show(location.hash.slice(1)));
  show(location.hash.slice(1));
}

/** Shows a screen as the next one, or in the place of this one, where Back should not lead again. */
export function go(name, { replace = false } = {}) {
  try {
    history[replace ? "replaceState" : "pushState"](null, "", `#${name}`);
  } catch {}
  show(name);
}

function show(asked) {
  const wanted = Object.hasOwn(byName, asked) ? asked : "register";
  const name = byName[wanted].instead?.() || wanted;
  const screen = document.getElementById(`screen-${name}`).content.firstElementChild.cloneNode(true);
  card.replaceChildren(screen);
  const heading = screen.querySelector("h1");
  document.title = `${heading.textContent} – ${service}`;
  byName[name].show(screen);
  // The first screen takes no focus: on a phone that would open the keyboard.
  if (shown) focus(screen, heading);
  shown = name;
}

/** The next field to fill in; without one, the heading. */
function focus(screen, heading) {
  const fields = [...screen.querySelectorAll("input")].filter((field) => !field.closest("[hidden]"));
  (fields.find((field) => field.value === "") ?? fields[0] ?? heading).focus();
}
