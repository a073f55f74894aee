import type { IncomingHttpHeaders } from "node:http";
import { isLoopback, isUnixSocket } from "@mailseal/config";
import { ServiceError } from "../errors.ts";
import { isBearer, readToken } from "./bearer-token.ts";

/** The names of this machine in a browser that runs on it. Any other name that resolves to it is DNS rebinding. */
const loopbackNames = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

export interface RequestGuard {
  /** The address of the server, as the config has it. */
  readonly listen: string;
  readonly token: string | undefined;
}

/** Whether a Host field names this machine. */
export function isLoopbackName(host: string): boolean {
  return loopbackNames.test(host);
}

/**
 * Reads the token of a server. Rejects with a `ServiceError` "admin" if anybody on the network could reach the server
 * without one, or if the token could be guessed or read by others. `optionNames` are those that set the two.
 */
export async function openGuard({
  listen,
  tokenFile,
  optionNames,
}: {
  readonly listen: string;
  readonly tokenFile?: string | undefined;
  readonly optionNames: { readonly listen: string; readonly tokenFile?: string };
}): Promise<RequestGuard> {
  if (tokenFile === undefined && !isLoopback(listen)) {
    const orToken = optionNames.tokenFile === undefined ? "" : `set ${optionNames.tokenFile}, or `;
    throw new ServiceError(
      "admin",
      `${optionNames.listen} ${listen} is open to other machines: ${orToken}listen on loopback or a unix socket`,
    );
  }
  return { listen, token: tokenFile === undefined ? undefined : await readToken(tokenFile) };
}

/**
 * The reason to refuse a request to a program's own HTTP server, if any: it lacks the required token, or it comes from a
 * web page. A page can reach this server under its own host name by making its DNS resolve to this machine (DNS
 * rebinding); without a token, only the Host field shows that. No browser reaches a unix socket.
 */
export function refusedRequest(
  { authorization, origin, host }: IncomingHttpHeaders,
  { listen, token }: RequestGuard,
): readonly [status: number, error: string] | undefined {
  if (token !== undefined && !isBearer(authorization, token)) {
    return [401, "expected Authorization: Bearer and the token"];
  }
  if (origin !== undefined) {
    return [403, "requests from web pages are not allowed"];
  }
  const isOpen = token === undefined && !isUnixSocket(listen);
  return isOpen && host !== undefined && !isLoopbackName(host)
    ? [403, "expected localhost or 127.0.0.1 as Host: other names are answered only with a token"]
    : undefined;
}
