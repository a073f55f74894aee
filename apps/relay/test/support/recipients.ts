import { openQueue } from "@mailseal/queue";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { submit } from "@mailseal/testkit/smtp-client";
import {
  afterThisTest,
  passingPipeline,
  type RunningTestRelay,
  startRelay,
} from "./relay-under-test.ts";

export const message: Buffer = Buffer.from("From: joe@example.com\r\n\r\nhi\r\n");

export interface StartedQueue extends RunningTestRelay {
  readonly depth: () => Promise<number>;
}

/** A relay that queues inbound mail for these recipients. */
export async function started(
  recipients: Record<string, unknown>,
  nextHopPort = 25,
): Promise<StartedQueue> {
  const file = `${temporaryDirectory("test")}/queue.db`;
  const relay = await startRelay({
    nextHopPort,
    listener: { mode: "queue", direction: "inbound", recipients },
    config: { queue: { file } },
    pipeline: passingPipeline(),
  });
  const queue = await openQueue({ file });
  afterThisTest(() => queue.close());
  return { ...relay, depth: async () => (await queue.stats()).depth };
}

/** The replies to RCPT, without their texts. */
export async function asked(
  port: number,
  ...addresses: readonly string[]
): Promise<readonly string[]> {
  const rcptTo = addresses.map((address) => `<${address}>`);
  const { rcpt } = await submit({ port, mailFrom: "<joe@example.com>", rcptTo, message });
  return rcpt.map((reply) => reply.slice(0, 9));
}
