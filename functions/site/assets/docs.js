// Starts Swagger UI on the API's own document, and names the controls that it leaves without a good name.

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

new MutationObserver(giveNames).observe(document.querySelector("#swagger-ui"), { childList: true, subtree: true });

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  syntaxHighlight: { activated: false },
  tryItOutEnabled: true,
  validatorUrl: null,
  // Without credentials of its own the browser does not ask for a password by itself after a 401.
  requestInterceptor: (request) => Object.assign(request, { credentials: "omit" }),
});
