/**
 * Decides which mail is signed and with which keys, and what to do with a verdict: one pipeline for both.
 *
 * ```ts
 * import { keySource, nodeResolver } from "@mailseal/dns-record";
 * import { changedMessage, createPipeline } from "@mailseal/policy";
 *
 * const dnsKeys = keySource(nodeResolver());
 * const pipeline = await createPipeline(config, {
 *   dnsKeys,
 *   hostname: "mx.example.org",
 *   onEvent: console.log,
 * });
 * const processed = await pipeline.process(message, envelope, context);
 * if (processed.disposition.action === "accept") {
 *   for await (const bytes of changedMessage(message, processed).chunks()) send(bytes);
 * }
 * ```
 *
 * It does not speak SMTP or milter and does not deliver: the front ends do, and they apply what `process` returns.
 */
export { changedMessage, outgoingChunks } from "./pipeline/changed-message.ts";
export { type Clock, systemClock } from "./pipeline/clock.ts";
export {
  createPipeline,
  type OpenPipeline,
  type PipelineDeps,
} from "./pipeline/create-pipeline.ts";
export { PolicyError, type PolicyErrorCode } from "./errors.ts";
export type { MessageEvent, PolicyEvent, PolicyListener } from "./pipeline/events.ts";
export type { HookCall, HookCaller, HookName, HookResult } from "./hooks/hook-call.ts";
export { type HookLimits, loadHooks } from "./hooks/load-hooks.ts";
export type { StrayFailure } from "./hooks/process-protocol.ts";
export type { MessageView } from "./hooks/message-view.ts";
export type {
  BeforeSignAnswer,
  HookContext,
  PolicyHooks,
  SendersHookContext,
  SigningChange,
  SigningHookContext,
  VerificationHookContext,
} from "./hooks/policy-hooks.ts";
export type { KeyAnswer } from "./keys/key-answer.ts";
export type { KeyLoad } from "./keys/key-store.ts";
export {
  type Disposition,
  type Envelope,
  type FieldRemoval,
  type MailContext,
  type StoredMessage,
  type UnsignedReason,
  unsignedReasons,
} from "./pipeline/mail.ts";
export { headerLimitOf } from "./pipeline/open-message.ts";
export type { FromProblem, Pipeline, Processed, SkipReason } from "./pipeline/pipeline.ts";
export {
  type LoginMap,
  readLoginMap,
  readRecipients,
  RecipientTable,
} from "@mailseal/config/tables";
export { authorAddresses } from "./senders/sender-rules.ts";
export { maySendAs, type SenderSources } from "./senders/sender-rules.ts";
export type { AskSenders, SendersAnswer } from "./senders/senders-hook.ts";
export { type HeaderLimit, headerRefusals } from "./pipeline/smtp-dispositions.ts";
export { type TestSigning, testSignings } from "./signing/test-signing.ts";
export { quarantineField } from "./verification/trace-fields.ts";
