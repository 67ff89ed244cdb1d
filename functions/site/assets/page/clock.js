// Countdowns. The page's clock ignores changes of the machine's, and an instant of the service's clock is converted
// first: a wrong clock on the machine does no harm.

import { fill, texts, time } from "./texts.js";

/** Milliseconds. They continue across a reload, unless the machine's clock was changed. */
export function now() {
  return performance.timeOrigin + performance.now();
}

/** The instant of this page's clock at which the service's clock shows `instant`, seen from an answer at `seen`. */
export function onThisClock(instant, seen) {
  return now() + (Date.parse(instant) - seen);
}

/**
 * Calls `tick` with the whole seconds left, now and every second, the last time with 0, as long as `element` is shown.
 * Returns a function that stops it.
 */
export function countdown(element, until, tick) {
  let timer;
  const step = () => {
    const left = until - now();
    tick(Math.max(0, Math.ceil(left / 1000)));
    if (left > 0) timer = setTimeout(() => element.isConnected && step(), left % 1000 || 1000);
  };
  step();
  return () => clearTimeout(timer);
}

const HOLDS = new WeakMap();

const WAIT = (label, left) => fill(texts.wait, { time: left });

/** Disables `button` until then, and shows this text on it. It keeps the focus, and a click does nothing. */
export function hold(button, until, words = WAIT) {
  HOLDS.get(button)?.();
  const label = (button.dataset.label ??= button.textContent);
  const tick = (seconds) => {
    button.ariaDisabled = seconds > 0 ? "true" : null;
    button.textContent = seconds > 0 ? words(label, time(seconds)) : label;
  };
  HOLDS.set(button, countdown(button, until, tick));
}

/** Whether `button` is waiting. */
export function held(button) {
  return button.ariaDisabled === "true";
}
