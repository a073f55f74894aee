import { isIPv4, isIPv6 } from "node:net";

const unixPrefix = "unix:";

/**
 * Whether an address of the config is that of a unix socket.
 *
 * ```ts
 * isUnixSocket("unix:/run/mailseal/milter.sock"); // true
 * ```
 */
export function isUnixSocket(address: string): boolean {
  return address.startsWith(unixPrefix);
}

/** A listen address in the form that `net.Server.listen` takes. */
export type ListenTarget =
  | { readonly path: string }
  | { readonly host: string; readonly port: number };

/**
 * `address` must be one that the schema has accepted.
 *
 * ```ts
 * listenTarget("[::1]:2525"); // { host: "::1", port: 2525 }
 * listenTarget("unix:/run/mailseal/milter.sock"); // { path: "/run/mailseal/milter.sock" }
 * ```
 */
export function listenTarget(address: string): ListenTarget {
  if (isUnixSocket(address)) {
    return { path: address.slice(unixPrefix.length) };
  }
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
  return { host, port: Number(address.slice(colon + 1)) };
}

/**
 * Whether only this machine can connect to it.
 *
 * ```ts
 * isLoopback("127.0.0.1:8025"); // true
 * isLoopback("0.0.0.0:25"); // false
 * ```
 */
export function isLoopback(address: string): boolean {
  const target = listenTarget(address);
  if ("path" in target) {
    return true;
  }
  const { host } = target;
  return (
    host === "localhost" ||
    (isIPv4(host) && host.startsWith("127.")) ||
    (isIPv6(host) && host === "::1")
  );
}
