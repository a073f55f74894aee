import { type Config, findBinding } from "@mailseal/config";
import type { Route } from "@mailseal/delivery";

export interface Limits {
  readonly concurrency: number;
  /** The minimum time between the starts of two deliveries; 0: no limit. */
  readonly intervalMs: number;
}

type LimitOptions = Config["worker"]["destinations"][string];

/** The limits of a route: those of its destination, and those of its binding if the config sets any. */
export function findLimits(
  { worker, ...config }: Config,
  route: Route,
): { readonly destination: Limits; readonly binding?: Limits } {
  const own = route.kind === "mx" ? longestMatch(worker.destinations, route.domain) : undefined;
  const nextHop =
    route.kind === "next-hop"
      ? findBinding({ worker, ...config }, route.binding)?.nextHop
      : undefined;
  const destination = limits(own ?? {}, nextHop?.connections ?? worker.destinationConcurrency);
  const written =
    route.binding !== undefined && Object.hasOwn(worker.bindings, route.binding)
      ? worker.bindings[route.binding]
      : undefined;
  return written === undefined
    ? { destination }
    : { destination, binding: limits(written, worker.concurrency) };
}

function limits({ concurrency, perMinute }: LimitOptions, defaultConcurrency: number): Limits {
  return {
    concurrency: concurrency ?? defaultConcurrency,
    intervalMs: perMinute === undefined ? 0 : 60_000 / perMinute,
  };
}

/** The options for a domain: of `mail.example.com`, then of `*.example.com` and `*.com`, then of `*`. */
function longestMatch(
  patterns: Config["worker"]["destinations"],
  domain: string,
): LimitOptions | undefined {
  if (Object.hasOwn(patterns, domain)) {
    return patterns[domain];
  }
  for (let dot = domain.indexOf("."); dot >= 0; dot = domain.indexOf(".", dot + 1)) {
    const pattern = `*${domain.slice(dot)}`;
    if (Object.hasOwn(patterns, pattern)) {
      return patterns[pattern];
    }
  }
  return Object.hasOwn(patterns, "*") ? patterns["*"] : undefined;
}
