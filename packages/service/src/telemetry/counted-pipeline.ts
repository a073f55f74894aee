import { performance } from "node:perf_hooks";
import type { MailContext, Pipeline, Processed, SkipReason } from "@mailseal/policy";
import type { Statistics } from "@mailseal/stats";
import { type FailedMessage, failureOf, type KeptFailures } from "./failed-message.ts";
import type { SignedMessages } from "./signed-messages.ts";

/** Not signed though it should have been; the other reasons are what somebody wanted. */
const failures: ReadonlySet<SkipReason> = new Set([
  "no-key",
  "key-unusable",
  "not-published",
  "publication-unknown",
]);

export interface CountingOptions {
  readonly statistics: Statistics;
  /** Where messages that were signed wait for their answer. */
  readonly signed: SignedMessages;
  /** The bindings of the config: other names are a client's, and would be counters without end. */
  readonly bindings: ReadonlySet<string>;
  /** Messages whose signatures do not pass are kept for the page; undefined: nobody looks. */
  readonly failures?: KeptFailures | undefined;
  readonly onFailure: (failure: FailedMessage) => void;
}

/** The same pipeline, with each message counted. */
export function countedPipeline(pipeline: Pipeline, options: CountingOptions): Pipeline {
  const { statistics, failures: kept, onFailure } = options;
  return {
    async process(message, envelope, context) {
      const startMs = performance.now();
      const processed = await pipeline.process(message, envelope, context);
      const elapsedNs = (performance.now() - startMs) * 1e6;
      if (processed.report !== undefined) {
        countVerification(statistics, processed, elapsedNs);
        if (kept !== undefined) {
          const failure = await failureOf(message, context, processed, kept);
          if (failure !== undefined) onFailure(failure);
        }
      } else if (context.direction === "outbound") {
        countSigning(options, context, processed, elapsedNs);
      }
      return processed;
    },
  };
}

function countSigning(
  { statistics, signed, bindings }: CountingOptions,
  context: MailContext,
  processed: Processed,
  elapsedNs: number,
): void {
  const { signatures, skipped, fromDomain, failedSignatures = 0 } = processed;
  const [first] = signatures;
  const domain = first?.domain ?? fromDomain;
  const binding = processed.binding ?? context.binding;
  const scope = {
    ...(domain === undefined ? {} : { domain }),
    ...(binding === undefined || !bindings.has(binding) ? {} : { binding }),
  };
  if (first !== undefined) {
    const durationNs = processed.signingNs ?? elapsedNs;
    signed.hold(processed, {
      scope,
      durationNs,
      outcome: "signed",
      signatures,
      failedSignatures,
    });
  } else {
    const reason = skipped ?? "fault";
    const outcome = skipped === undefined || failures.has(skipped) ? "failed" : "skipped";
    const event = { scope, durationNs: elapsedNs, reason, failedSignatures };
    statistics.recordSigning({ ...event, outcome });
  }
}

function countVerification(
  statistics: Statistics,
  { report, verificationNs }: Processed,
  elapsedNs: number,
): void {
  const durationNs = verificationNs ?? elapsedNs;
  const verdicts = report?.signatures ?? [];
  if (verdicts.length === 0) {
    statistics.recordVerification({ result: "none", code: "unsigned", testing: false, durationNs });
  }
  for (const [at, verdict] of verdicts.entries()) {
    const { result, code, domain, algorithm, keyBits, testing, aligned } = verdict;
    statistics.recordVerification({
      result,
      code,
      testing,
      alignment: aligned,
      ...(domain === undefined ? {} : { signingDomain: domain }),
      ...(algorithm === undefined ? {} : { algorithm }),
      ...(keyBits === undefined ? {} : { keyBits }),
      ...(at === 0 ? { durationNs } : {}),
    });
  }
}
