// Starts Swagger UI on the API's own document, and mends what it leaves undone: passwords beyond Latin-1, controls
// without a good name, and headers that stand in every answer. Runs before it.

// HTTP Basic here is in UTF-8 (RFC 7617). Swagger UI takes this function when it is loaded, and btoa knows Latin-1 only.
const { btoa } = window;
window.btoa = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

const NAMES = {
  "#servers": "Server",
  ".examples-select-element": "Example",
  ".body-param__text": "Body of the request",
  ".copy-to-clipboard button": "Copy",
  ".close-modal": "Close",
  "#auth-basic-username": "Username",
  "#auth-basic-password": "Password",
  ".modal-ux .authorize": "Authorize",
  "table[role=region]": "Responses",
};

function giveNames() {
  for (const [selector, name] of Object.entries(NAMES)) {
    for (const [before, found] of document.querySelectorAll(selector).entries()) {
      found.ariaLabel = before ? `${name} ${before + 1}` : name;
    }
  }
}

/** The document without the headers that every answer has: the page says them once. */
function withoutCommonHeaders(spec) {
  const answers = Object.values(spec.paths).flatMap(Object.values).flatMap(({ responses }) => Object.values(responses));
  const [first, ...others] = answers.map(({ headers }) => headers);
  const common = Object.keys(first).filter((name) => others.every((headers) => name in headers));
  for (const { headers } of answers) for (const name of common) delete headers[name];
  return spec;
}

// It is on its way while Swagger UI is.
const asked = fetch("/openapi.json").then((response) => response.json());

addEventListener("DOMContentLoaded", async () => {
  const place = document.querySelector("#swagger-ui");
  try {
    const spec = withoutCommonHeaders(await asked);
    // Else the first heading below the page's is of the third level.
    spec.info.description += "\n## Operations\n";
    new MutationObserver(giveNames).observe(place, { childList: true, subtree: true });
    SwaggerUIBundle({
      spec,
      dom_id: "#swagger-ui",
      defaultModelsExpandDepth: 0,
      displayRequestDuration: true,
      syntaxHighlight: { activated: false },
      tryItOutEnabled: true,
      validatorUrl: null,
      // Without credentials of its own the browser does not ask for a password by itself after a 401.
      requestInterceptor: (request) => Object.assign(request, { credentials: "omit" }),
    });
  } catch (error) {
    place.textContent = "The page didn’t load completely. Please reload it.";
    throw error;
  }
});
