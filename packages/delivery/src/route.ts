import { type Config, findBinding } from "@mailseal/policy/config";
import { toAsciiDomain } from "@mailseal/syntax";

/** Where a message goes: to the next hop of its binding, or to the MX hosts of a domain. */
export type Route =
  | { readonly kind: "next-hop"; readonly binding: string }
  | { readonly kind: "mx"; readonly domain: string; readonly binding?: string };

/** The route of a recipient. A domain that is none stays as it is, and cannot be delivered to. */
export function routeOf(config: Config, binding: string | undefined, address: string): Route {
  const name = binding ?? config.defaultBinding;
  if (name !== undefined && findBinding(config, name)?.nextHop !== undefined) {
    return { kind: "next-hop", binding: name };
  }
  const domain = domainOf(address);
  return name === undefined ? { kind: "mx", domain } : { kind: "mx", domain, binding: name };
}

/** In lower case, as A-labels; an address literal as it is. "" where there is none. */
export function domainOf(address: string): string {
  const at = address.lastIndexOf("@");
  const domain = at < 0 ? "" : address.slice(at + 1).toLowerCase();
  return domain.startsWith("[") ? domain : (toAsciiDomain(domain) ?? domain);
}

/** The address as any server takes its domain: in A-labels. As it is where the domain is none. */
export function withAsciiDomain(address: string): string {
  const at = address.lastIndexOf("@");
  const domain = address.slice(at + 1);
  return at < 0 || /^[\u0000-\u007f]*$/.test(domain)
    ? address
    : address.slice(0, at + 1) + (toAsciiDomain(domain) ?? domain);
}

/** The name of a route in a queue: `next-hop out`, `mx example.net`, `mx example.net by out`. */
export function routeName(route: Route): string {
  if (route.kind === "next-hop") {
    return `next-hop ${route.binding}`;
  }
  const domain = route.domain === "" ? "-" : route.domain;
  return route.binding === undefined
    ? `mx ${domain}`
    : `mx ${domain}${mxRouteEnding(route.binding)}`;
}

/** How the names of all MX routes of a binding end; no others do, unless a binding's name has " by " in it. */
export function mxRouteEnding(binding: string): string {
  return ` by ${binding}`;
}
