import type { Added, Queue } from "@mailseal/queue";
import { expect, test } from "vitest";
import type { Backend } from "../backend.ts";
import { messageTo, opened, text } from "./fixture.ts";

const windowMs = 600_000;

function send(queue: Queue, dedupId: string, fingerprint = "same"): Promise<Added> {
  return queue.add(messageTo("a", { dedupId, resend: { fingerprint, windowMs } }), text("x"));
}

/** What a client sends again because it did not hear that it was accepted. */
export function resendsContract(backend: Backend): void {
  test("what nobody heard of is added once, in whatever process it comes again", async () => {
    const { queue, openAgain } = await opened(backend);
    const other = await openAgain();
    await (await send(queue, "one")).pendingReply?.lost();
    const again = await send(other, "two");
    expect(again).toMatchObject({ duplicate: true, sentAgain: "one", ids: [] });
    await again.pendingReply?.lost();
    expect(await send(queue, "three")).toMatchObject({ sentAgain: "one" });
    expect((await queue.stats()).depth).toBe(1);
  });

  test("what was heard of, or is still open, is another message", async () => {
    const { queue, openAgain } = await opened(backend);
    const other = await openAgain();
    (await send(queue, "one")).pendingReply?.received();
    for (const [at, it] of [other, queue, other, other].entries()) {
      const { duplicate, sentAgain } = await send(it, `more ${at}`);
      expect({ duplicate, sentAgain }).toEqual({ duplicate: false, sentAgain: undefined });
    }
    expect((await queue.stats()).depth).toBe(5);
  });

  test("what differs is another message", async () => {
    const { queue } = await opened(backend);
    await (await send(queue, "one", "of ann")).pendingReply?.lost();
    expect(await send(queue, "two", "of eve")).toMatchObject({ duplicate: false });
  });

  test("a process that has ended without a word leaves what its clients had not heard of", async () => {
    const { queue, openAgain } = await opened(backend);
    const ended = await openAgain();
    await send(ended, "one");
    expect(await send(queue, "two", "other")).toMatchObject({ duplicate: false });
    await ended.close();
    expect(await send(queue, "three")).toMatchObject({ sentAgain: "one" });
  });
}
