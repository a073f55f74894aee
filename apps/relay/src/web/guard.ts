import { createHmac, randomBytes } from "node:crypto";
import { isBearer, isLoopbackName, isSame } from "@mailseal/service";
import type { Context, Hono, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { getCookie, setCookie } from "hono/cookie";
import { html } from "hono/html";
import { page } from "./views/layout.ts";
import type { Html } from "./views/text.ts";

const cookieName = "mailseal";
const sessionSeconds = 12 * 3600;

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The security headers of every response. */
export const safeHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  c.header("content-security-policy", contentSecurityPolicy);
  c.header("x-content-type-options", "nosniff");
  c.header("x-frame-options", "DENY");
  // With "no-referrer" a browser would not send the Origin of our own forms.
  c.header("referrer-policy", "same-origin");
  c.header("cross-origin-opener-policy", "same-origin");
  c.header("cross-origin-resource-policy", "same-origin");
  if (c.res.headers.get("cache-control") === null) c.header("cache-control", "no-store");
};

/** Lets in clients that have the token; without a token, clients on this machine that use its own name. */
export class Guard {
  readonly #token: string | undefined;
  /** Made anew at each start, so that sessions end with the process. */
  readonly #key = randomBytes(32);

  constructor(token: string | undefined) {
    this.#token = token;
  }

  readonly check: MiddlewareHandler = async (c, next) => {
    const host = c.req.header("host") ?? "";
    if (this.#token === undefined && !isLoopbackName(host)) {
      return c.text(
        "Without admin.tokenFile this page is served only as localhost or 127.0.0.1.\n",
        403,
      );
    }
    if (c.req.method !== "GET" && c.req.method !== "HEAD" && !isSameOrigin(c, host)) {
      return c.text("Requests from other web pages are refused.\n", 403);
    }
    if (isPublic(c.req.path) || this.#token === undefined || this.#isKnown(c, this.#token)) {
      return next();
    }
    return c.req.header("accept")?.includes("text/html") === true
      ? c.redirect("/login", 303)
      : c.text(
          "Expected the header Authorization: Bearer with the token of admin.tokenFile.\n",
          401,
        );
  };

  /** Returns whether `token` is right; if it is, gives the browser a session cookie. */
  logIn(c: Context, token: string): boolean {
    if (this.#token === undefined || !isSame(token, this.#token)) return false;
    setCookie(c, cookieName, this.#session(this.#token), {
      httpOnly: true,
      sameSite: "Strict",
      path: "/",
      maxAge: sessionSeconds,
    });
    return true;
  }

  #isKnown(c: Context, token: string): boolean {
    return (
      isBearer(c.req.header("authorization"), token) ||
      isSame(getCookie(c, cookieName) ?? "", this.#session(token))
    );
  }

  #session(token: string): string {
    return createHmac("sha256", this.#key).update(token).digest("base64url");
  }
}

function isPublic(path: string): boolean {
  return path === "/login" || path.startsWith("/assets/");
}

function isSameOrigin(c: Context, host: string): boolean {
  const origin = c.req.header("origin");
  return origin === undefined || origin === `http://${host}` || origin === `https://${host}`;
}

/** The form that asks a browser for the token, and its answer. */
export function loginEndpoints(app: Hono, guard: Guard): void {
  app.get("/login", (c) => c.html(loginPage("ask")));
  app.post("/login", bodyLimit({ maxSize: 16 * 1024 }), async (c) => {
    // A body that is no form cannot be parsed.
    const { token } = await c.req.parseBody().catch((): { token?: unknown } => ({}));
    return guard.logIn(c, typeof token === "string" ? token : "")
      ? c.redirect("/", 303)
      : c.html(loginPage("refused"), 401);
  });
}

function loginPage(state: "ask" | "refused"): Html {
  const refused = html`<p class="problem" role="alert">Wrong token.</p>`;
  return page({
    title: "Log in",
    kind: "sheet",
    body: html`<main id="main" class="login card">
      <h1>Mailseal</h1>
      <form method="post" action="/login">
        ${state === "refused" ? refused : ""}
        <label for="token">Token (the content of the file that admin.tokenFile names)</label>
        <input id="token" name="token" type="password" autocomplete="current-password" required />
        <button type="submit">Log in</button>
      </form>
    </main>`,
  });
}
