import { keySource } from "@mailseal/dns-record";
import type { Host } from "../../host/host.ts";
import { verdictText } from "../../output/report-text.ts";
import type { Answers } from "../answers.ts";
import { configuredDns } from "../configured-dns.ts";
import type { Dialogue } from "../dialogue.ts";
import type { Plan } from "../plan/plan.ts";
import type { SetupRecord } from "../record.ts";
import { judgeOutcome } from "./judge-outcome.ts";
import { testThroughPostfix } from "./postfix-test.ts";
import { relayAccount } from "./relay-log.ts";
import { testThroughRelay } from "./relay-test.ts";
import { testThroughSendmail } from "./sendmail-test.ts";
import type { TestOutcome } from "./test-outcome.ts";

export interface TestedSetup {
  readonly answers: Answers;
  readonly plan: Plan;
  /** DNS publishes all keys. */
  readonly isPublished: boolean;
}

/** Sends a message through the mail server and the relay, and shows the verdict of a receiver. */
export async function testSigning(
  host: Host,
  record: SetupRecord,
  { answers, plan, isPublished }: TestedSetup,
  dialogue: Dialogue,
): Promise<"passes" | "waits" | "fails"> {
  const [key] = plan.keys;
  if (key === undefined) return "waits";
  await dialogue.step("A test message through your mail server");
  const outcomes = await send(host, record, { answers, domain: key.domain, isPublished }, dialogue);
  const keys = keySource((await configuredDns(host)).resolver);
  let worst: "passes" | "waits" | "fails" = "passes";
  for (const outcome of outcomes) {
    const judgement = await judgeOutcome(outcome, {
      keys,
      domain: key.domain,
      isPublished,
      relayAccount: (recipient) => relayAccount(host, recipient),
    });
    if (judgement.state === "fails") {
      await dialogue.warn(judgement.text);
      if (judgement.verdicts !== undefined) {
        await dialogue.show(judgement.verdicts.map(verdictText));
      }
      await dialogue.say(`Repair this: ${judgement.repair}`);
      // The others fail for the same reason, and one thing is repaired at a time.
      return "fails";
    }
    await dialogue.say(judgement.text);
    if (judgement.state === "passes") await dialogue.show(judgement.verdicts.map(verdictText));
    if (judgement.state === "waits") worst = "waits";
  }
  return worst;
}

async function send(
  host: Host,
  record: SetupRecord,
  {
    answers: { mailServer },
    domain,
    isPublished,
  }: Pick<TestedSetup, "answers" | "isPublished"> & { readonly domain: string },
  dialogue: Dialogue,
): Promise<readonly TestOutcome[]> {
  const progress = dialogue.progress("Sending it to a listener of this command");
  const sending = (): Promise<readonly TestOutcome[]> => {
    switch (mailServer) {
      case "postfix":
        return testThroughPostfix(host, record, { domain, isSigned: isPublished });
      case "sendmail":
        return testThroughSendmail(host, domain);
      case "relay":
        return testThroughRelay(host, domain);
    }
  };
  try {
    const outcomes = await sending();
    await progress.end(
      outcomes.length === 1 ? "Sent a message" : `Sent ${outcomes.length} messages`,
    );
    return outcomes;
  } catch (error) {
    await progress.end("No message was sent");
    throw error;
  }
}
