// Countdowns to an instant of this machine's clock. An instant of the service's clock is brought over first, so a clock
// that is wrong here does no harm.

/** The instant of this machine's clock at which the service's clock shows `instant`, seen from an answer at `now`. */
export function onThisClock(instant, now) {
  return Date.now() + (Date.parse(instant) - now);
}

/** Calls `tick` with the whole seconds left, now and every second, the last time with 0. Returns how to stop it. */
export function countdown(until, tick) {
  let timer;
  const step = () => {
    const left = until - Date.now();
    tick(Math.max(0, Math.ceil(left / 1000)));
    if (left > 0) timer = setTimeout(step, left % 1000 || 1000);
  };
  step();
  return () => clearTimeout(timer);
}

const HELD = new WeakMap();

/** Makes `button` wait until then, and say so. It keeps the focus, and a click does nothing. */
export function hold(button, until) {
  HELD.get(button)?.();
  const label = (button.dataset.label ??= button.textContent);
  const stop = countdown(until, (seconds) => {
    button.ariaDisabled = seconds > 0 ? "true" : null;
    button.textContent = seconds > 0 ? `${label} in ${brief(seconds)}` : label;
  });
  HELD.set(button, stop);
}

/** Whether `button` waits. */
export function held(button) {
  return button.ariaDisabled === "true";
}

/** So many seconds in a few characters. */
export function brief(seconds) {
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}
