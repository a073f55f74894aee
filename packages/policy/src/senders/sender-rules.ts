import type { SenderSettings } from "@mailseal/config";
import { type LoginMap, plainAddress } from "@mailseal/config/tables";
import { isWithin, matchesPattern } from "./sender-patterns.ts";

/** Who says what a login may send as. */
export interface SenderSources {
  readonly settings: Pick<SenderSettings, "patterns" | "unlisted">;
  /** Of `settings.file`. */
  readonly map?: LoginMap | undefined;
  /** What the hook `sendersOf` answers for the login: addresses and domains; undefined: nothing on it. */
  readonly byHook?: readonly string[] | undefined;
}

/**
 * Whether a login may send as an address: it may where one of the sources says so, and where none of them says
 * anything of the login or of the address's domain, unless `unlisted` has it otherwise.
 */
export function maySendAs(
  { settings: { patterns, unlisted }, map, byHook }: SenderSources,
  login: string,
  text: string,
): boolean {
  const address = plainAddress(text);
  if (
    map?.owns(login, address) === true ||
    matchesPattern(patterns, login, address) ||
    byHook?.some((sender) => isWithin(address, sender)) === true
  ) {
    return true;
  }
  const isNamed =
    patterns.length > 0 || byHook !== undefined || map?.names(login, address) === true;
  return !isNamed && unlisted === "allow";
}
