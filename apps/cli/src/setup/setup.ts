import { type ExitCode, exitCode } from "../exit-code.ts";
import type { Host } from "../host/host.ts";
import { answersOf } from "./answers.ts";
import type { Dialogue } from "./dialogue.ts";
import { isAgreed, makeChanges, showPlan } from "./make-changes.ts";
import type { SetupOptions } from "./options.ts";
import { planSetup } from "./plan/plan.ts";
import { publishKeys } from "./publish-keys.ts";
import { SetupRecord } from "./record.ts";
import { explainSendmail, type StartLimits, untilListening } from "./relay-start.ts";
import { surveyHost, surveyText } from "./survey.ts";
import { isTemporary } from "./test-message/postfix-test.ts";
import { testSigning } from "./test-message/test-signing.ts";

/**
 * Takes a host from nothing to signing: looks at it, asks, shows what it will change, changes it, publishes the key, waits for
 * DNS, and sends a test message. Every step finds out what is done already, so that it can be repeated at any time. Rejects
 * with a `SetupError` or a `CommandFailure`.
 */
export async function setUp(
  host: Host,
  options: SetupOptions,
  dialogue: Dialogue,
  startLimits?: StartLimits,
): Promise<ExitCode> {
  // A dry run changes nothing, and needs no root.
  const record = options.dryRun === true ? undefined : await openRecord(host);
  const survey = await surveyHost(host);
  await dialogue.step("This machine has");
  for (const line of surveyText(survey)) await dialogue.say(line);
  const answers = await answersOf(options, survey, dialogue);
  const plan = await planSetup(host, survey, answers);
  if (record === undefined) {
    await showPlan(host, plan, dialogue);
    return exitCode.ok;
  }
  if (!(await isAgreed(host, plan, options, dialogue))) {
    await dialogue.say("Nothing was changed.");
    return exitCode.no;
  }
  await makeChanges(host, record, plan.prepare, dialogue);
  await untilListening(host, plan.listen, answers.mailServer, dialogue, startLimits);
  await makeChanges(host, record, plan.connect, dialogue);
  if (answers.mailServer === "sendmail" && survey.sendmail?.macroFile === undefined) {
    await explainSendmail(dialogue);
  }
  const isPublished = await publishKeys(host, plan.keys, answers.publish, options, dialogue);
  const test = options.test
    ? await testSigning(host, record, { answers, plan, isPublished }, dialogue)
    : "untested";
  await dialogue.step(conclusion(isPublished, test));
  await dialogue.say(
    "mailseal doctor checks this installation at any time; mailseal setup --undo takes back what this command has changed.",
  );
  if (test === "fails") return exitCode.no;
  return isPublished || options.wait === false ? exitCode.ok : exitCode.temporary;
}

/** The record, after the end of what a setup has left that broke off. */
async function openRecord(host: Host): Promise<SetupRecord> {
  const record = await SetupRecord.open(host);
  await record.undo(isTemporary);
  await record.settle();
  return record;
}

function conclusion(
  isPublished: boolean,
  test: Awaited<ReturnType<typeof testSigning>> | "untested",
): string {
  if (test === "fails")
    return "Mail is not signed as it should be: repair the point above, then run mailseal setup again";
  if (!isPublished) {
    return "Everything is set up. Mail is signed as soon as DNS publishes the key, without another command";
  }
  return test === "passes"
    ? "Your mail is signed"
    : "Everything is set up, and DNS publishes the key";
}
