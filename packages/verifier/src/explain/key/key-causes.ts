import { type Algorithm, type PublicKey, recoverDigest } from "@mailseal/crypto";
import { type KeySource, lintKeyRecord, type TxtResolver } from "@mailseal/dns-record";
import type { DkimSignature } from "@mailseal/syntax";
import type { UsableKey } from "../../key-choice.ts";
import { chooseKeys } from "../../key-choice.ts";
import type { Verdict, VerdictCode } from "../../verdict.ts";
import type { Cause, CauseCode } from "../cause.ts";

const codes: ReadonlyMap<VerdictCode, CauseCode> = new Map<VerdictCode, CauseCode>([
  ["no-key", "no-key"],
  ["key-revoked", "key-revoked"],
  ["key-malformed", "key-malformed"],
  ["key-unusable", "key-malformed"],
  ["key-type-mismatch", "wrong-key"],
  ["dns-failure", "dns-failure"],
  ["dns-timeout", "dns-failure"],
  ["key-hash-not-allowed", "policy"],
  ["key-service-not-allowed", "policy"],
  ["key-subdomain-not-allowed", "policy"],
  ["key-granularity", "policy"],
]);
/** Selectors that are in use everywhere; with those like the signature's own, what is tried besides. */
const usualSelectors: readonly string[] = [
  "default",
  "dkim",
  "mail",
  "selector1",
  "selector2",
  "s1",
  "s2",
  "k1",
];
const mostSelectors = 12;

/** What DNS says of the key, as a cause; undefined where that is not the trouble. */
export async function keyCause(
  code: VerdictCode,
  reason: string,
  keys: KeySource | TxtResolver,
  signature: DkimSignature,
): Promise<Cause | undefined> {
  const causeCode = codes.get(code);
  if (causeCode === undefined) {
    return undefined;
  }
  const name = keyName(signature.selector, signature.domain);
  const advice = causeCode === "key-malformed" ? await lintAt(name, keys) : "";
  return { code: causeCode, evidence: `DNS, asked for ${name}`, detail: `${reason}${advice}` };
}

async function lintAt(name: string, keys: KeySource | TxtResolver): Promise<string> {
  if (!("resolveTxt" in keys)) {
    return "";
  }
  const answer = await keys.resolveTxt(name);
  const first = answer.status === "found" ? lintKeyRecord(answer.records).slice(0, 3) : [];
  return first.map(({ message, advice }) => `; ${message} ${advice}`).join("");
}

function keyName(selector: string, domain: string): string {
  return `${selector}._domainkey.${domain}`;
}

/** Another selector of the domain whose key made the signature, if one of the likely ones did. */
export async function fittingSelector(
  signature: DkimSignature,
  algorithm: Algorithm,
  keys: KeySource,
  others: readonly string[],
  fits: (key: PublicKey) => boolean,
): Promise<string | undefined> {
  const own = signature.selector.toLowerCase();
  const tried = new Set(
    [...others, ...similarSelectors(own), ...usualSelectors].filter((one) => one !== own),
  );
  for (const selector of [...tried].slice(0, mostSelectors)) {
    const lookup = await keys.find(selector, signature.domain);
    const choice = chooseKeys(lookup, signature, algorithm);
    if (choice.ok && choice.keys.some(({ publicKey }: UsableKey) => fits(publicKey))) {
      return selector;
    }
  }
  return undefined;
}

/** With a number that is one or two off: keys are rotated by counting. */
function similarSelectors(selector: string): readonly string[] {
  const match = /^(.*?)(\d{1,8})(\D*)$/.exec(selector);
  if (match === null) {
    return [`${selector}1`, `${selector}2`];
  }
  const [, before = "", digits = "", after = ""] = match;
  return [-1, 1, -2, 2]
    .map((step) => Number(digits) + step)
    .filter((number) => number >= 0)
    .map((number) => before + String(number).padStart(digits.length, "0") + after);
}

/** The published key did not make the signature: RSA shows that, whatever was signed. */
export function wrongKeyCause(
  { domain, selector, timestamp }: Verdict,
  now: number,
  fitting: string | undefined,
): Cause {
  const name = keyName(selector ?? "", domain ?? "");
  const age = timestamp === undefined ? -1 : Math.floor((now - timestamp) / 86_400);
  const rotated =
    age >= 30 ? `; the signature is ${age} days old, the key may have been replaced since` : "";
  return fitting === undefined
    ? {
        code: "wrong-key",
        evidence: `the RSA operation with the key at ${name} gives no digest`,
        detail: `the key at ${name} is not the one that made the signature${rotated}`,
      }
    : {
        code: "wrong-key",
        evidence: `the key at ${keyName(fitting, domain ?? "")} made the signature, that at ${name} did not`,
        detail: `the message was signed with the key of selector ${fitting}, but names selector ${selector}${rotated}`,
      };
}

export function madeBy(key: PublicKey, signature: DkimSignature): boolean {
  return recoverDigest(key, signature.signature) !== undefined;
}
