import type { TakeOptions } from "./contract.ts";

/**
 * Whether a take with these options excludes the route.
 *
 * ```ts
 * isExcluded("mx example.net by bulk", { excludeEndings: [" by bulk"] }); // true
 * ```
 */
export function isExcluded(
  route: string,
  { excludeRoutes, excludeEndings }: Pick<TakeOptions, "excludeRoutes" | "excludeEndings">,
): boolean {
  return (
    excludeRoutes?.has(route) === true ||
    excludeEndings?.some((ending) => route.endsWith(ending)) === true
  );
}
