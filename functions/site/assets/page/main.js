// The page of a person's account: register, enter the code, be active; and what an owner does after that.

import { start } from "./navigation.js";
import { screens } from "./screens.js";

// Another language begins at the same screen.
for (const link of document.querySelectorAll(".languages a")) {
  link.addEventListener("click", () => (link.hash = location.hash));
}
start(screens);
