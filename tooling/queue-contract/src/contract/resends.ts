import type { Added, Queue } from "@mailseal/queue";
import { expect, test } from "vitest";
import type { Backend } from "../backend.ts";
import { messageTo, opened, text } from "./fixture.ts";

const windowMs = 600_000;

function send(queue: Queue, dedupId: string, fingerprint = "same"): Promise<Added> {
  return queue.add(messageTo("a", { dedupId, resend: { fingerprint, windowMs } }), text("x"));
}

/** Messages that a client sends again because it missed the reply. */
export function resendsContract(backend: Backend): void {
  test("a message whose reply was lost is added once, whichever process receives it again", async () => {
    const { queue, openAgain } = await opened(backend);
    const other = await openAgain();
    await (await send(queue, "one")).pendingReply?.lost();
    const again = await send(other, "two");
    expect(again).toMatchObject({ duplicate: true, sentAgain: "one", ids: [] });
    await again.pendingReply?.lost();
    expect(await send(queue, "three")).toMatchObject({ sentAgain: "one" });
    expect((await queue.stats()).depth).toBe(1);
  });

  test("after a received or pending reply, an equal message is new", async () => {
    const { queue, openAgain } = await opened(backend);
    const other = await openAgain();
    (await send(queue, "one")).pendingReply?.received();
    for (const [at, it] of [other, queue, other, other].entries()) {
      const { duplicate, sentAgain } = await send(it, `more ${at}`);
      expect({ duplicate, sentAgain }).toEqual({ duplicate: false, sentAgain: undefined });
    }
    expect((await queue.stats()).depth).toBe(5);
  });

  test("a different message is new", async () => {
    const { queue } = await opened(backend);
    await (await send(queue, "one", "of ann")).pendingReply?.lost();
    expect(await send(queue, "two", "of eve")).toMatchObject({ duplicate: false });
  });

  test("after a process has ended, messages whose replies were pending are recognized", async () => {
    const { queue, openAgain } = await opened(backend);
    const ended = await openAgain();
    await send(ended, "one");
    expect(await send(queue, "two", "other")).toMatchObject({ duplicate: false });
    await ended.close();
    expect(await send(queue, "three")).toMatchObject({ sentAgain: "one" });
  });
}
