import { type Lease, type Queue, QueueError } from "@mailseal/queue";
import { expect, test } from "vitest";
import { content, mailTo, openTestQueue, startSink, startWorker } from "../worker-under-test.ts";

const gone = new QueueError("body-missing", "expected the body of a queued message, got none");

/** A queue that has lost every body. */
function withoutBodies(queue: Queue): Queue {
  const take = async (...args: Parameters<Queue["take"]>): Promise<readonly Lease[]> =>
    (await queue.take(...args)).map((lease) =>
      Object.assign(lease, {
        bytes: () => Promise.reject(gone),
        // oxlint-disable-next-line require-yield -- it fails before the first piece
        async *body(): AsyncGenerator<Uint8Array> {
          throw gone;
        },
      }),
    );
  return Object.assign(Object.create(queue) as Queue, {
    add: queue.add.bind(queue),
    list: queue.list.bind(queue),
    stats: queue.stats.bind(queue),
    take,
  });
}

test.each([
  ["short", content.length],
  ["long", 300_000],
])("a %s message whose body is missing is a dead letter with that reason", async (_, sizeBytes) => {
  const sink = await startSink();
  const queue = await openTestQueue();
  const body = Buffer.concat([content, Buffer.alloc(sizeBytes, "x")]);
  await queue.add(mailTo(["ann@example.net"]), body);
  const { logged } = await startWorker({ port: sink.port, queue: withoutBodies(queue) });
  await logged(({ msg }) => msg === "the body of a message is missing, so it is a dead letter now");
  const { messages } = await queue.list({ state: "dead" });
  expect(messages).toMatchObject([{ reason: gone.message, attempt: 1 }]);
  expect(await queue.stats()).toMatchObject({ depth: 0, dead: 1 });
  expect(sink.messages).toEqual([]);
});
