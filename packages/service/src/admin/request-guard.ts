import type { IncomingHttpHeaders } from "node:http";
import { isUnixSocket } from "@mailseal/config";
import { isBearer } from "./bearer-token.ts";

/** What a browser calls this machine; another name there leads here by a foreign DNS (rebinding). */
const loopbackNames = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

export interface RequestGuard {
  /** Where the server listens, as the config has it. */
  readonly listen: string;
  readonly token: string | undefined;
}

/** Whether a Host field names this machine. */
export function isLoopbackName(host: string): boolean {
  return loopbackNames.test(host);
}

/**
 * Why a request of a program's own HTTP interface is refused: who has no token where there is one, and every web page.
 * A browser brings a page here under the page's own name, which its DNS has made this machine's; without a token only
 * Host tells. On a unix socket there are no browsers.
 */
export function refusedRequest(
  { authorization, origin, host }: IncomingHttpHeaders,
  { listen, token }: RequestGuard,
): readonly [status: number, error: string] | undefined {
  if (token !== undefined && !isBearer(authorization, token)) {
    return [401, "expected Authorization: Bearer and the token"];
  }
  if (origin !== undefined) {
    return [403, "a web page may not ask this"];
  }
  const isOpen = token === undefined && !isUnixSocket(listen);
  return isOpen && host !== undefined && !isLoopbackName(host)
    ? [403, "expected localhost or 127.0.0.1 as Host: other names are answered only with a token"]
    : undefined;
}
