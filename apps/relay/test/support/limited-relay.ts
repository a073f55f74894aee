import type { SmtpSink } from "@mailseal/testkit/smtp-sink";
import { passingPipeline, type RunningTestRelay, startRelay } from "./relay-under-test.ts";
import { startSink } from "./sinks.ts";

export interface LimitedRelay extends RunningTestRelay {
  readonly sink: SmtpSink;
}

/** A relay with these `limits` that passes mail on as it is. */
export async function startLimited(
  limits: Record<string, unknown>,
  listener: Record<string, unknown> = {},
): Promise<LimitedRelay> {
  const sink = await startSink();
  const relay = await startRelay({
    nextHopPort: sink.port,
    pipeline: passingPipeline(),
    listener,
    config: { limits },
  });
  return { ...relay, sink };
}
