import { expect, test } from "vitest";
import { pieceBytes, Reserve } from "../../../src/nats/storage/reserve.ts";
import { apiError, type MemoryServers, memoryServers } from "../memory-servers.ts";

const full = apiError(10_047, "insufficient resources");

function reserveOf(pieces: number): { servers: MemoryServers; left: () => number } {
  const servers = memoryServers();
  const stream = servers.streamOf("q-reserve");
  stream.maxMessages = pieces;
  return { servers, left: () => stream.messages.size };
}

test("the reserve is filled to its size, by one look at a time", async () => {
  const { servers, left } = reserveOf(20);
  const reserve = new Reserve(servers);
  const first = reserve.look();
  expect(reserve.look()).toBe(first);
  await first;
  expect(left()).toBe(20);
});

test("settling on full servers frees a part of the reserve and is repeated", async () => {
  const { servers, left } = reserveOf(20);
  const reserve = new Reserve(servers);
  await reserve.look();
  let attempts = 0;
  const settle = async (): Promise<string> => {
    attempts += 1;
    if (attempts === 1) throw full;
    return "settled";
  };
  expect(await reserve.settle(settle)).toBe("settled");
  expect(left()).toBe(20 - (1024 * 1024) / pieceBytes);
  expect(reserve.isTouched).toBe(true);
});

test("settling rejects when the reserve is used up, and at once for any other error", async () => {
  const { servers, left } = reserveOf(20);
  const reserve = new Reserve(servers);
  await reserve.look();
  let attempts = 0;
  const failing = (error: Error) => async (): Promise<never> => {
    attempts += 1;
    throw error;
  };
  await expect(reserve.settle(failing(full))).rejects.toBe(full);
  expect([attempts, left()]).toEqual([3, 0]);
  await expect(reserve.settle(failing(new Error("timeout")))).rejects.toThrow("timeout");
  expect(attempts).toBe(4);
});

test("new messages are refused until the reserve is complete again", async () => {
  const { servers, left } = reserveOf(4);
  const reserve = new Reserve(servers);
  reserve.touch();
  await expect(reserve.check()).rejects.toMatchObject({
    code: "queue-full",
    message: expect.stringContaining(`${4 * pieceBytes} bytes of the reserve`),
  });
  await reserve.look();
  expect(left()).toBe(4);
  await reserve.check();
  expect(reserve.isTouched).toBe(false);
});
