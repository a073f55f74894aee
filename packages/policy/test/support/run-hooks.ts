import type { PolicyHooks, Processed } from "../../src/index.ts";
import { context, envelope, inbound, key, mail, open, stored } from "./mail.ts";

const signing = { selector: "s1", keyText: key.toPem() };

/** The outcome of one message, and the hooks that failed. */
export interface Ran {
  readonly processed: Processed;
  readonly failures: readonly string[];
}

/** Processes one message with these hooks, signed at two selectors. */
export async function runHooks(
  hooks: PolicyHooks,
  onError: "ignore" | "defer" = "defer",
  direction: "outbound" | "inbound" = "outbound",
): Promise<Ran> {
  const { pipeline, events } = await open(
    {
      signing,
      bindings: { pool: { signing: { selector: "s2" } } },
      hooks: { module: "given.ts", timeout: "20ms", onError },
    },
    { hooks },
  );
  const how = direction === "outbound" ? context({ authUser: "ada" }) : inbound;
  const processed = await pipeline.process(stored(mail("Ada <a@example.com>")), envelope, how);
  const failures = events.flatMap((event) => (event.type === "hook-failed" ? [event.reason] : []));
  return { processed, failures };
}
