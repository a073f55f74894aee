import { type KeySource, lintKeyRecord, type TxtResolver } from "@mailseal/dns-record";
import type { DkimSignature } from "@mailseal/syntax";
import type { VerdictCode } from "../../verdict.ts";
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

/** The cause if the verdict is about the key record in DNS; otherwise undefined. */
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
  return { code: causeCode, evidence: `the DNS lookup of ${name}`, detail: `${reason}${advice}` };
}

async function lintAt(name: string, keys: KeySource | TxtResolver): Promise<string> {
  if (!("resolveTxt" in keys)) {
    return "";
  }
  const answer = await keys.resolveTxt(name);
  const first = answer.status === "found" ? lintKeyRecord(answer.records).slice(0, 3) : [];
  return first.map(({ message, advice }) => `; ${message} ${advice}`).join("");
}

/** Of any length: the names in a signature must not make this throw. */
export function keyName(selector: string, domain: string): string {
  return `${selector}._domainkey.${domain}`;
}
