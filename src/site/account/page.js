// The page that links of set-up, invitation and reset lead to. What the link is for and its token
// stand behind "#", which no server sees.
"use strict";

const titles = {
  setup: "Set up the first account",
  invitation: "Choose your password",
  reset: "Choose a new password",
};
const byId = (id) => document.getElementById(id);

function start() {
  const [purpose, token] = location.hash.slice(1).split("=");
  // A token is not to be left in the address bar, or in the history.
  history.replaceState(null, "", location.pathname);
  if (purpose === "signed-in") {
    byId("text").textContent = "You are signed in. You can close this page.";
    return;
  }
  if (!Object.hasOwn(titles, purpose) || !token) {
    byId("text").textContent = "Open the complete link that you were sent.";
    return;
  }
  byId("title").textContent = titles[purpose];
  byId("text").textContent = "";
  byId("person").hidden = purpose !== "setup";
  for (const id of ["email", "name"]) {
    byId(id).required = purpose === "setup";
  }
  byId("form").hidden = false;
  byId("form").addEventListener("submit", (event) => {
    event.preventDefault();
    send(purpose, token);
  });
}

async function send(purpose, token) {
  const password = byId("password").value;
  if (password !== byId("again").value) {
    byId("error").textContent = "The passwords do not match.";
    return;
  }
  const body = { token, password };
  if (purpose === "setup") {
    body.email = byId("email").value;
    body.name = byId("name").value;
  }
  const path = purpose === "setup" ? "/v1/auth/setup" : "/v1/auth/password";
  byId("error").textContent = "";
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      credentials: "omit",
    });
  } catch {
    byId("error").textContent = "The server is unavailable; try again.";
    return;
  }
  if (answer.ok) {
    byId("form").hidden = true;
    byId("text").textContent = "Done. You can sign in with your e-mail address and this password.";
    return;
  }
  const problem = await answer.json().catch(() => ({}));
  const errors = (problem.errors ?? []).map((error) => `${error.pointer?.slice(1) ?? ""} ${error.detail}`);
  byId("error").textContent = errors.length > 0 ? errors.join("\n") : problem.detail ?? "The request failed; try again.";
}

start();
