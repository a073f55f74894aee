import { createHmac, randomBytes } from "node:crypto";
import { isBearer, isLoopbackName, isSame } from "@mailseal/service";
import type { Context, MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";

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

/** On every answer. */
export const safeHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  c.header("content-security-policy", contentSecurityPolicy);
  c.header("x-content-type-options", "nosniff");
  c.header("x-frame-options", "DENY");
  // With "no-referrer" a browser would not tell the origin of our own forms.
  c.header("referrer-policy", "same-origin");
  c.header("cross-origin-opener-policy", "same-origin");
  c.header("cross-origin-resource-policy", "same-origin");
  if (c.res.headers.get("cache-control") === null) c.header("cache-control", "no-store");
};

/** Who may ask: with a token who has it, without one who comes from this machine by its own name. */
export class Guard {
  readonly #token: string | undefined;
  /** Another one for each start: sessions end with the process. */
  readonly #key = randomBytes(32);

  constructor(token: string | undefined) {
    this.#token = token;
  }

  readonly check: MiddlewareHandler = async (c, next) => {
    const host = c.req.header("host") ?? "";
    if (this.#token === undefined && !isLoopbackName(host)) {
      return c.text("Without a token this page answers to localhost and 127.0.0.1 only.\n", 403);
    }
    if (c.req.method !== "GET" && c.req.method !== "HEAD" && !isSameOrigin(c, host)) {
      return c.text("Another web page may not ask this.\n", 403);
    }
    if (isPublic(c.req.path) || this.#token === undefined || this.#isKnown(c, this.#token)) {
      return next();
    }
    return c.req.header("accept")?.includes("text/html") === true
      ? c.redirect("/login", 303)
      : c.text("Expected Authorization: Bearer and the token.\n", 401);
  };

  /** Whether it was the token; then the browser has its session. */
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
