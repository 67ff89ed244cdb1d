// The page of a person's account: register, enter the code, sign in; and what an owner does after that.

import { start } from "./navigation.js";
import { screens } from "./screens.js";

// Changing the language keeps the screen.
for (const link of document.querySelectorAll(".languages a")) {
  link.addEventListener("click", () => (link.hash = location.hash));
}
start(screens);
