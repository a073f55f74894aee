import { html } from "hono/html";
import { page } from "./layout.ts";
import type { Html } from "./text.ts";

export function loginPage(state: "ask" | "refused"): Html {
  const refused = html`<p class="problem" role="alert">That is not the token.</p>`;
  return page({
    title: "Log in",
    kind: "sheet",
    body: html`<main id="main" class="login card">
      <h1>Mailseal</h1>
      <form method="post" action="/login">
        ${state === "refused" ? refused : ""}
        <label for="token">Token, from the file that admin.tokenFile names</label>
        <input id="token" name="token" type="password" autocomplete="current-password" required />
        <button type="submit">Log in</button>
      </form>
    </main>`,
  });
}
