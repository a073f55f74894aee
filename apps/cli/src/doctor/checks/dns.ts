import type { PrivateKey } from "@mailseal/crypto";
import {
  formatKeyRecord,
  keyRecordName,
  lintKeyRecord,
  parseKeyRecord,
  type TxtAnswer,
  type TxtResolver,
} from "@mailseal/dns-record";
import { comparePublished, type Publication } from "../../dns/published-key.ts";
import { commandLine } from "../../host/host.ts";
import type { Check, CheckReport } from "../check.ts";
import type { FindingKind } from "../finding-kinds.ts";
import type { KeyInUse } from "../keys/keys-in-use.ts";

/** Lookups at the same time: a small resolver drops some of too many. */
const atOnce = 8;

/** Whether DNS publishes the key of every signature. */
export const dnsCheck: Check = {
  id: "dns",
  claim: "DNS publishes every key",
  limitMs: 120_000,
  async run(installation, report) {
    const keys = await installation.keys();
    if (keys.length === 0) return report.doesNotApply();
    const resolver = await installation.resolver();
    const left = keys.values();
    const worker = async (): Promise<void> => {
      for (const key of left) {
        if (key.answer.status === "found") await checkKey(key, key.answer.key, resolver, report);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  },
};

async function checkKey(
  { domain, selector, file }: KeyInUse,
  { publicKey }: PrivateKey,
  resolver: TxtResolver,
  report: CheckReport,
): Promise<void> {
  const name = keyRecordName(selector, domain);
  const answer = await resolver.resolveTxt(name);
  const record = formatKeyRecord(publicKey);
  const publication = await comparePublished(answer, { domain, selector, publicKey, record });
  if (publication.state === "failed") {
    return report.unknown(`DNS did not answer for ${name}: ${publication.reason}`, "later");
  }
  const fault = faultOf(publication, name) ?? traceOf(answer, name);
  if (fault === undefined) return;
  const [kind, what] = fault;
  const key = file === undefined ? [] : ["-k", file];
  const words = ["mailseal", "record", "publish", "-d", domain, "-s", selector, ...key];
  const tags = excludesSubdomains(answer) ? ["--no-subdomains"] : [];
  report.found({ kind, what, command: commandLine([...words, ...tags]) });
}

/** Traces of a zone file, which our own reader passes over and some receivers do not. */
const traces: ReadonlySet<string> = new Set(["quotes", "quotes-in-key", "backslash", "line-break"]);

function traceOf(answer: TxtAnswer, name: string): readonly [FindingKind, string] | undefined {
  const advice = answer.status === "found" ? lintKeyRecord(answer.records) : [];
  return advice.some(({ code }) => traces.has(code))
    ? ["record-split", `The record at ${name} has quotation marks or backslashes in its text`]
    : undefined;
}

/** The record has t=s, which the corrected one must keep. */
function excludesSubdomains(answer: TxtAnswer): boolean {
  return (
    answer.status === "found" &&
    answer.records.some((text) => {
      const parsed = parseKeyRecord(text);
      return parsed.ok && parsed.record.flags.includes("s");
    })
  );
}

/** Undefined if the record is right. */
function faultOf(
  publication: Exclude<Publication, { readonly state: "failed" }>,
  name: string,
): readonly [FindingKind, string] | undefined {
  switch (publication.state) {
    case "published":
      return publication.isTesting ? ["testing-flag", `The record at ${name} has t=y`] : undefined;
    case "absent":
      return ["key-not-published", `DNS has no record at ${name}`];
    case "damaged":
      return ["record-split", `At ${name}, ${publication.reason}`];
    case "several":
      return ["several-records", `DNS has ${publication.count} key records at ${name}`];
    case "other-key":
      return ["other-key-published", `DNS publishes another key at ${name}`];
    case "revoked":
      return ["other-key-published", `DNS publishes the key at ${name} as revoked`];
    case "unusable":
      return ["record-unusable", `The record at ${name} cannot be used: ${publication.reason}`];
  }
}
