import type { KeyType } from "@mailseal/crypto";
import {
  listOf,
  oneOf,
  optionsCheck,
  optionsOf,
  required,
  text,
  wholeNumber,
  withDefaults,
} from "@mailseal/errors";
import { toAsciiDomain } from "@mailseal/syntax";
import { RotationError } from "./errors.ts";

/** One of the keys that a domain signs with at the same time. */
export interface KeyPlan {
  readonly type: KeyType;
  /** RSA only; default 2048, at least 1024 (RFC 8301 3.2). */
  readonly bits?: number;
  /** The selector, see `selectorName`. Default `%{t}%{date}`, as in r20261124. */
  readonly selector?: string;
}

/** The keys and the times of a rotation. */
export interface RotationPlan {
  readonly keys: readonly KeyPlan[];
  /** The time for which the outgoing keys stay published: at least the lifetime of signatures and of mail in a queue. */
  readonly overlapMs: number;
  /** The time for which they then stay published with an empty p=. */
  readonly revokedForMs: number;
  /** The TTL of the records. */
  readonly ttlSeconds: number;
  /** Whether to archive or delete the private keys of the outgoing keys. */
  readonly retiredKeys: "archive" | "delete";
  /** The first wait before another attempt; it doubles with each attempt. */
  readonly retryMs: number;
  readonly maxRetryMs: number;
}

const dayMs = 86_400_000;
const maxKeys = 8;
const leastBits = 1024;

/**
 * The plan of a rotation whose options set nothing else.
 *
 * ```ts
 * const overlapDays = defaultPlan.overlapMs / 86_400_000; // 8
 * ```
 */
export const defaultPlan: RotationPlan = {
  keys: [{ type: "rsa" }],
  overlapMs: 8 * dayMs,
  revokedForMs: 30 * dayMs,
  ttlSeconds: 3600,
  retiredKeys: "archive",
  retryMs: 30_000,
  maxRetryMs: 3_600_000,
};

const milliseconds = wholeNumber(0, Infinity, "milliseconds");

const checkPlan = optionsCheck<Partial<RotationPlan>>(
  "plan",
  {
    keys: listOf(
      "keys",
      optionsOf<KeyPlan>({
        type: required(oneOf(["rsa", "ed25519"])),
        bits: wholeNumber(leastBits, Infinity, "bits (RFC 8301)"),
        selector: text,
      }),
    ),
    overlapMs: milliseconds,
    revokedForMs: milliseconds,
    ttlSeconds: wholeNumber(0, 0x7fffffff, "seconds"),
    retiredKeys: oneOf(["archive", "delete"]),
    retryMs: milliseconds,
    maxRetryMs: milliseconds,
  },
  badPlan,
);

/** @throws RotationError "bad-plan". */
export function checkedPlan(options: Partial<RotationPlan> = {}): RotationPlan {
  checkPlan(options, "plan");
  const plan = withDefaults(options, defaultPlan);
  if (plan.keys.length === 0 || plan.keys.length > maxKeys) {
    throw badPlan(`expected 1 to ${maxKeys} keys, got ${plan.keys.length}`);
  }
  for (const { type, bits } of plan.keys) {
    if (bits === undefined) continue;
    if (type !== "rsa") throw badPlan(`bits can be set only for RSA keys, not for ${type}`);
  }
  return plan;
}

function badPlan(message: string): RotationError {
  return new RotationError("bad-plan", message);
}

export const defaultSelector = "%{t}%{date}";

/** Appended to a name that is taken, as in the second rotation of a day. */
const suffixes = ["", ..."bcdefghijklmnopqrstuvwxyz"];

/**
 * A selector that was never used. Replaces `%{t}` in the template by r or e, for the type of the key, and `%{date}` by the
 * day in UTC, as in 20261124, and appends a letter if the name is taken.
 *
 * @throws RotationError "bad-selector" if the result is not a valid DNS name, or every name is taken.
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
    `every selector from ${JSON.stringify(name)} to ${JSON.stringify(`${name}z`)} has been used; put %{date} into the template`,
  );
}
