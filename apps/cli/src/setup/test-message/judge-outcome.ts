import { type KeySource } from "@mailseal/dns-record";
import { type Verdict, verify } from "@mailseal/verifier";
import { explain } from "@mailseal/verifier/explain";
import { layout } from "../../host/layout.ts";
import type { RelayAccount } from "./relay-log.ts";
import type { TestOutcome } from "./test-outcome.ts";

/** What a test message shows: a verdict, or the one thing to repair. */
export type Judgement =
  | { readonly state: "passes"; readonly text: string; readonly verdicts: readonly Verdict[] }
  /** Unsigned, as it has to be as long as DNS does not publish the key. */
  | { readonly state: "waits"; readonly text: string }
  | {
      readonly state: "fails";
      readonly text: string;
      readonly repair: string;
      readonly verdicts?: readonly Verdict[];
    };

export interface JudgeOptions {
  readonly keys: KeySource;
  readonly domain: string;
  /** DNS publishes all keys. */
  readonly isPublished: boolean;
  /** What the relay did with the last message to a recipient. */
  readonly relayAccount: (recipient: string) => Promise<RelayAccount | undefined>;
}

/** Judges a message as a receiver would, and finds out what to repair. */
export async function judgeOutcome(
  outcome: TestOutcome,
  options: JudgeOptions,
): Promise<Judgement> {
  const { way } = outcome;
  switch (outcome.result) {
    case "refused":
      return {
        state: "fails",
        text: `sent ${way}: refused with "${outcome.reason}"`,
        repair: await repairOfRefusal(outcome, options),
      };
    case "lost":
      return {
        state: "fails",
        text: `sent ${way}: accepted, but not delivered in time${outcome.reason === undefined ? "" : `: ${outcome.reason}`}`,
        repair:
          "look for the message in the log of the mail server (journalctl -u 'postfix*', or /var/log/mail.log)",
      };
    case "arrived":
      return judgeArrived(outcome.bytes, outcome, options);
  }
}

async function judgeArrived(
  bytes: Buffer,
  { way, mail }: TestOutcome,
  { keys, domain, isPublished, relayAccount }: JudgeOptions,
): Promise<Judgement> {
  const { signatures } = await verify(bytes, { keys });
  const own = signatures.filter((signature) => signature.domain === domain);
  if (own.length === 0) {
    if (!isPublished) {
      return {
        state: "waits",
        text: `sent ${way}: arrived, not signed yet, because DNS does not publish the key`,
      };
    }
    const account = await relayAccount(mail.recipient);
    const result = account === undefined ? "" : ` (the relay reports: ${account.result})`;
    return {
      state: "fails",
      text: `sent ${way}: arrived without a signature of ${domain}${result}`,
      repair: account?.problem ?? repairOfUnsigned(account?.result),
    };
  }
  const failing = own.find(({ result }) => result !== "pass");
  if (failing === undefined) {
    const names = own.map(({ selector, algorithm }) => `${selector} (${algorithm})`).join(" and ");
    return {
      state: "passes",
      text: `sent ${way}: arrived with a valid signature of ${domain}, ${names}`,
      verdicts: own,
    };
  }
  return {
    state: "fails",
    text: `sent ${way}: the signature with ${failing.selector ?? "?"} does not verify: ${failing.reason} (${failing.code})`,
    repair: await repairOfVerdict(bytes, keys, failing),
    verdicts: own,
  };
}

async function repairOfRefusal(
  { reason, mail }: Extract<TestOutcome, { readonly result: "refused" }>,
  { relayAccount }: JudgeOptions,
): Promise<string> {
  const account = await relayAccount(mail.recipient);
  if (account?.problem !== undefined) return account.problem;
  if (/ECONNREFUSED/.test(reason)) {
    return "the mail server does not listen on port 25 of loopback; start it, or look at inet_interfaces";
  }
  // Postfix's own words if a milter cannot be reached and milter_default_action is tempfail.
  if (/^451 4\.7\.1\b|milter|Service unavailable/i.test(reason)) {
    return `the mail server cannot reach the relay: look at systemctl status ${layout.relayUnit}, then run mailseal doctor`;
  }
  return "the reply above names the rule of the mail server that refuses mail from this machine; allow it, or run mailseal setup --no-test";
}

function repairOfUnsigned(result: string | undefined): string {
  if (result === undefined) {
    return "the relay did not see the message: mailseal doctor finds out whether the mail server hands mail to it";
  }
  if (/not-published|publication-unknown/.test(result)) {
    return `the relay still has an older answer of DNS: systemctl reload ${layout.relayUnit}, then run mailseal setup again`;
  }
  if (/foreign-client|not-outbound/.test(result)) {
    return `the relay takes this machine for a stranger: add its address to relayNetworks of the listener in ${layout.config}`;
  }
  return `mailseal config explain shows which option of ${layout.config} decides this`;
}

async function repairOfVerdict(bytes: Buffer, keys: KeySource, failing: Verdict): Promise<string> {
  if (failing.bodyHash === "match" && failing.signature === "match") {
    return "mailseal doctor lists what is wrong with the key";
  }
  const { signatures } = await explain(bytes, { keys });
  const cause = signatures
    .find(({ selector, domain }) => selector === failing.selector && domain === failing.domain)
    ?.causes.at(0);
  return cause === undefined
    ? "something changes the message after it is signed; mailseal doctor looks for it"
    : `${cause.detail}; mailseal doctor looks for the setting that does this`;
}
