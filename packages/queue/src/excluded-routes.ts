import type { TakeOptions } from "./contract.ts";

/** Whether a take leaves the route alone. */
export function isExcluded(
  route: string,
  { excludeRoutes, excludeEndings }: Pick<TakeOptions, "excludeRoutes" | "excludeEndings">,
): boolean {
  return (
    excludeRoutes?.has(route) === true ||
    excludeEndings?.some((ending) => route.endsWith(ending)) === true
  );
}
