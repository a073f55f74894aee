import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ConfigInput, configSchema } from "@mailseal/config";
import { policyOf } from "@mailseal/service";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { afterThisTest, type RunningTestRelay, startRelay, testKey } from "./relay-under-test.ts";
import { startSink } from "./sinks.ts";

export interface SigningRelay extends RunningTestRelay {
  readonly sink: Awaited<ReturnType<typeof startSink>>;
  /** The log's lines of messages. */
  readonly lines: () => Record<string, unknown>[];
}

/** A relay with the real pipeline, which signs as every From domain with one key, selector s1. */
export async function startSigning(
  listener: Record<string, unknown>,
  signing: Record<string, unknown> = {},
  more: Partial<ConfigInput> = {},
): Promise<SigningRelay> {
  const key = join(temporaryDirectory("test"), "key.pem");
  writeFileSync(key, testKey.toPem(), { mode: 0o600 });
  const config = { signing: { selector: "s1", key, ...signing }, ...more };
  const policy = await policyOf(
    configSchema.parse({ hostname: "relay.test", ...config }),
    () => undefined,
  );
  afterThisTest(async () => policy.close());
  const sink = await startSink();
  const { pipeline, sendersOf } = policy;
  const relay = await startRelay({ nextHopPort: sink.port, pipeline, sendersOf, listener, config });
  return { ...relay, sink, lines: () => relay.log().filter(({ msg }) => msg === "message") };
}
