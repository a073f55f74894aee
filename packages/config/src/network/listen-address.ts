import { isIPv4, isIPv6 } from "node:net";

const unixPrefix = "unix:";

export function isUnixSocket(address: string): boolean {
  return address.startsWith(unixPrefix);
}

/** A listen address in the form that `net.Server.listen` takes. */
export type ListenTarget =
  | { readonly path: string }
  | { readonly host: string; readonly port: number };

/** `address` must be one that the schema has accepted. */
export function listenTarget(address: string): ListenTarget {
  if (isUnixSocket(address)) {
    return { path: address.slice(unixPrefix.length) };
  }
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
  return { host, port: Number(address.slice(colon + 1)) };
}

/** Whether only this machine can connect to it. */
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
