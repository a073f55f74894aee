import type { Label } from "../../src/nats/storage/framing.ts";

/** The label of a message to one recipient. */
export function labelFor(route: string, more: Partial<Label> = {}): Label {
  return {
    envelope: { from: "", recipients: [{ address: `bob@${route}` }] },
    context: [],
    route,
    sizeBytes: 4,
    firstSeenMs: 1,
    retries: 0,
    ...more,
  };
}
