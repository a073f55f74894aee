import { performance } from "node:perf_hooks";
import type { MailContext, Pipeline, Processed, SkipReason } from "@mailseal/policy";
import type { Statistics } from "@mailseal/stats";
import { type FailedMessage, failureOf, type FailureSampling } from "./failed-message.ts";
import type { SignedMessages } from "./signed-messages.ts";

/** Reasons that are failures to sign; the others were asked for by the config or a hook. */
const failures: ReadonlySet<SkipReason> = new Set([
  "no-key",
  "key-unusable",
  "not-published",
  "publication-unknown",
]);

export interface CountingOptions {
  readonly statistics: Statistics;
  /** Holds signed messages until the next hop or client has its answer. */
  readonly signed: SignedMessages;
  /** The bindings of the config. Other names come from clients, and would make counters without end. */
  readonly bindings: ReadonlySet<string>;
  /** Samples messages whose signatures do not pass, for the page; undefined if there is no page. */
  readonly failures?: FailureSampling | undefined;
  readonly onFailure: (failure: FailedMessage) => void;
}

/** Wraps a pipeline so that each message is counted. */
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
