import { type Config, findBinding } from "@mailseal/config";
import { domainOf } from "../address.ts";

/**
 * Where queued mail goes: to the next hop of its binding, or to the MX hosts of a domain. The queue keeps the
 * messages of each route apart, by the route's name, and the worker limits deliveries per route.
 */
export type Route =
  | { readonly kind: "next-hop"; readonly binding: string }
  | { readonly kind: "mx"; readonly domain: string; readonly binding?: string };

/** Recipients of one message who share a route. */
export interface RouteRecipients<Recipient> {
  readonly route: Route;
  readonly recipients: readonly Recipient[];
}

/**
 * The route to a recipient. An invalid domain stays as it is; a delivery attempt fails it.
 *
 * ```ts
 * routeOf(config, undefined, "bob@example.net"); // { kind: "mx", domain: "example.net" } without a next hop
 * ```
 */
export function routeOf(config: Config, binding: string | undefined, address: string): Route {
  const name = binding ?? config.defaultBinding;
  if (name !== undefined && findBinding(config, name)?.nextHop !== undefined) {
    return { kind: "next-hop", binding: name };
  }
  const domain = domainOf(address);
  return name === undefined ? { kind: "mx", domain } : { kind: "mx", domain, binding: name };
}

/**
 * Groups recipients by the name of their route, in the order in which the routes come up.
 *
 * ```ts
 * for (const [name, { route, recipients }] of recipientsByRoute(config, "out", all)) {
 *   console.log(name, route.kind, recipients.length);
 * }
 * ```
 */
export function recipientsByRoute<Recipient extends { readonly address: string }>(
  config: Config,
  binding: string | undefined,
  recipients: readonly Recipient[],
): ReadonlyMap<string, RouteRecipients<Recipient>> {
  const groups = new Map<string, { readonly route: Route; readonly recipients: Recipient[] }>();
  for (const recipient of recipients) {
    const route = routeOf(config, binding, recipient.address);
    const name = routeName(route);
    const group = groups.get(name) ?? { route, recipients: [] };
    group.recipients.push(recipient);
    groups.set(name, group);
  }
  return groups;
}

/**
 * The name of a route in a queue: `next-hop out`, `mx example.net`, `mx example.net by out`.
 *
 * ```ts
 * routeName({ kind: "mx", domain: "example.net", binding: "out" }); // "mx example.net by out"
 * ```
 */
export function routeName(route: Route): string {
  if (route.kind === "next-hop") {
    return `next-hop ${route.binding}`;
  }
  const domain = route.domain === "" ? "-" : route.domain;
  return route.binding === undefined
    ? `mx ${domain}`
    : `mx ${domain}${mxRouteEnding(route.binding)}`;
}

/**
 * How the names of all MX routes of a binding end; no others do, unless a binding's name has " by " in it.
 *
 * ```ts
 * await queue.take(10, { excludeEndings: [mxRouteEnding("bulk")] }); // nothing of this binding
 * ```
 */
export function mxRouteEnding(binding: string): string {
  return ` by ${binding}`;
}
