import type { KeyType } from "@mailseal/crypto";
import { toAsciiDomain } from "@mailseal/syntax";
import { RotationError } from "./errors.ts";

export const defaultSelector = "%{t}%{date}";

/** Put after the name where it is taken: the second rotation of a day. */
const suffixes = ["", ..."bcdefghijklmnopqrstuvwxyz"];

/**
 * A selector nobody has used yet: `template` with `%{t}` (r or e, for the type of key) and `%{date}`
 * (the day in UTC, as in 20261124), then a letter where that is taken.
 *
 * @throws RotationError "bad-selector" where it makes no name for DNS, or every name is taken.
 */
export function selectorName(
  template: string,
  type: KeyType,
  nowMs: number,
  isTaken: (selector: string) => boolean,
): string {
  const date = new Date(nowMs).toISOString().slice(0, 10).replaceAll("-", "");
  const name = template.replaceAll("%{t}", type === "rsa" ? "r" : "e").replaceAll("%{date}", date);
  for (const suffix of suffixes) {
    const selector = toAsciiDomain(name + suffix);
    if (selector === undefined) {
      throw new RotationError(
        "bad-selector",
        `expected a selector of letters, digits, hyphens and dots, with %{t} and %{date}, got ${JSON.stringify(template)}`,
      );
    }
    if (!isTaken(selector)) return selector;
  }
  throw new RotationError(
    "bad-selector",
    `expected a selector that was never used, and ${JSON.stringify(name)} was, with each letter after it; put %{date} into the template`,
  );
}
