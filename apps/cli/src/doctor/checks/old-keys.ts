import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { TxtResolver } from "@mailseal/dns-record";
import type { RotationState } from "@mailseal/rotation";
import { commandLine } from "../../host/host.ts";
import type { Check, CheckReport } from "../check.ts";
import type { KeyInUse } from "../keys/keys-in-use.ts";

const dayMs = 86_400_000;
/** As long as a rotation keeps the old key published for mail in transit, by default. */
const overlapMs = 8 * dayMs;
/** A domain that rotates every week has no more in a year. */
const maxSelectors = 50;

/** Whether DNS still publishes keys that signed before, and that nobody should be able to sign with any more. */
export const oldKeysCheck: Check = {
  id: "old-keys",
  claim: "DNS publishes no key that has stopped signing",
  limitMs: 120_000,
  async run(installation, report) {
    const keys = await installation.keys();
    if (keys.length === 0) return report.doesNotApply();
    const resolver = await installation.resolver();
    const rotations = await installation.rotations();
    for (const [domain, own] of byDomain(keys)) {
      for (const selector of await oldSelectors(domain, own, rotations)) {
        await checkSelector(domain, selector, resolver, report);
      }
    }
  },
};

function byDomain(keys: readonly KeyInUse[]): ReadonlyMap<string, readonly KeyInUse[]> {
  const found = new Map<string, KeyInUse[]>();
  for (const key of keys) found.set(key.domain, [...(found.get(key.domain) ?? []), key]);
  return found;
}

/** The selectors of keys that have been replaced for longer than mail is in transit. */
async function oldSelectors(
  domain: string,
  inUse: readonly KeyInUse[],
  rotations: readonly RotationState[],
): Promise<readonly string[]> {
  const used = new Set(inUse.map(({ selector }) => selector));
  const own = rotations.filter((rotation) => rotation.domain === domain);
  // A rotation that has not ended takes care of its keys itself.
  const turning = new Set(
    own.filter(({ stage }) => stage !== "retired" && stage !== "aborted").flatMap(selectorsOf),
  );
  const names = new Set([
    ...own
      .filter(({ stage }) => stage === "retired")
      .flatMap(({ outgoing }) => outgoing.map(({ selector }) => selector)),
    ...(await besides(inUse)),
  ]);
  return [...names].filter((name) => !used.has(name) && !turning.has(name)).slice(0, maxSelectors);
}

function selectorsOf({ incoming, outgoing }: RotationState): readonly string[] {
  return [...incoming, ...outgoing].map(({ selector }) => selector);
}

/**
 * The key files beside those in use, and in the folder `archive`, that are older than every key in use. A newer one may
 * be the next key, which is published before it signs.
 */
async function besides(inUse: readonly KeyInUse[]): Promise<readonly string[]> {
  const written = inUse.flatMap(({ writtenAtMs }) => writtenAtMs ?? []);
  const oldest = Math.min(...written);
  if (written.length === 0 || Date.now() - Math.max(...written) < overlapMs) return [];
  const folders = new Set(
    inUse.flatMap(({ file, domain }) => {
      // Only a folder of the domain itself says whose the other keys are.
      const folder = file === undefined ? undefined : dirname(file);
      return folder !== undefined && basename(folder) === domain
        ? [folder, join(folder, "archive")]
        : [];
    }),
  );
  const found: string[] = [];
  for (const folder of folders) {
    for (const name of await readdir(folder).catch(() => [])) {
      const [, selector] = /^([^.].*)\.(?:key|private|pem)$/.exec(name) ?? [];
      if (selector === undefined) continue;
      const { mtimeMs } = await stat(join(folder, name));
      if (mtimeMs < oldest) found.push(selector);
    }
  }
  return found;
}

async function checkSelector(
  domain: string,
  selector: string,
  resolver: TxtResolver,
  report: CheckReport,
): Promise<void> {
  const { keyRecordName, parseKeyRecord } = await import("@mailseal/dns-record");
  const name = keyRecordName(selector, domain);
  const answer = await resolver.resolveTxt(name);
  if ("reason" in answer) {
    return report.unknown(`DNS did not answer for ${name}: ${answer.reason}`, "later");
  }
  if (answer.status !== "found") return;
  const isUsable = answer.records.some((record) => {
    const parsed = parseKeyRecord(record);
    return parsed.ok && parsed.record.publicKey.length > 0;
  });
  if (!isUsable) return;
  report.found({
    kind: "old-key-published",
    what: `${name} still publishes a key that no longer signs`,
    command: commandLine(["mailseal", "record", "revoke", "-d", domain, "-s", selector]),
  });
}
