import { expect, test } from "vitest";
import type { ListOptions } from "../../../src/contract.ts";
import type { ServerClock } from "../../../src/nats/connection/server-clock.ts";
import { readPage } from "../../../src/nats/inspect/list.ts";
import { Reserve } from "../../../src/nats/storage/reserve.ts";
import { StoredMessages } from "../../../src/nats/storage/stored-messages.ts";
import { labelFor } from "../label.ts";
import { memoryServers } from "../memory-servers.ts";

const clock = { now: () => 1000, ahead: () => 50 } as ServerClock;
const body = new Uint8Array();

async function filled(): Promise<StoredMessages> {
  const servers = memoryServers();
  const stored = new StoredMessages(servers, new Reserve(servers));
  for (const route of ["a", "b", "a", "b"]) {
    await stored.put({ label: labelFor(route), body }, undefined);
  }
  await stored.putCopy("live", "9", { label: labelFor("a", { notBeforeMs: 3000 }), body });
  await stored.putCopy("held", "7", { label: labelFor("a"), body });
  await stored.putCopy("dead", "8", { label: labelFor("a", { diedMs: 20 }), body });
  return stored;
}

async function idsOf(stored: StoredMessages, options: ListOptions): Promise<readonly string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const page = await readPage(stored, { limit: 2, ...options, ...(after && { after }) }, clock);
    expect(page.messages.length).toBeLessThanOrEqual(2);
    ids.push(...page.messages.map(({ id }) => id));
    after = page.next;
  } while (after !== undefined);
  return ids;
}

test.each<[ListOptions, readonly string[]]>([
  [{}, ["1", "2", "3", "4", "9", "7"]],
  [{ route: "a" }, ["1", "3", "9", "7"]],
  [{ state: "ready" }, ["1", "2", "3", "4"]],
  [{ state: "delayed" }, ["9"]],
  [{ state: "held" }, ["7"]],
  [{ state: "dead" }, ["8"]],
  [{ state: "leased" }, []],
])("%j lists %j, page by page", async (options, ids) => {
  expect(await idsOf(await filled(), options)).toEqual(ids);
});

test("times are those of the wall clock", async () => {
  const { messages } = await readPage(await filled(), { state: "delayed" }, clock);
  expect(messages).toMatchObject([{ firstSeenMs: 51, dueMs: 3050 }]);
});

test.each(["x", "live", "live:", "gone:1", "live:99999999999999999999"])(
  "refuses the position %j",
  async (after) => {
    await expect(readPage(await filled(), { after }, clock)).rejects.toMatchObject({
      code: "bad-option",
    });
  },
);
