import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { everyAction, everyStep, packet, uint32 } from "@mailseal/testkit/milter-mta";
import { expect, test } from "vitest";
import { startMilterRelay } from "../support/milter-relay.ts";
import { afterThisTest } from "../support/relay-under-test.ts";

/** An MTA that negotiates, and leaves a field half sent. */
async function halfSent(port: number, payload: Buffer): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  afterThisTest(async () => void socket.destroy());
  socket.on("error", () => undefined);
  socket.write(packet("O", uint32(6, everyAction, everyStep)));
  await once(socket, "data");
  const whole = packet("L", payload);
  socket.write(whole.subarray(0, whole.length - 1));
  return socket;
}

test("incomplete packets of many MTAs take no more than limits.memory, and an MTA that completes one gets an answer", async () => {
  const memory = 2_000_000;
  const { relay, address, log } = await startMilterRelay({
    config: { limits: { memory, headerSize: "1MB" } },
  });
  const port = Number(address.split(":").at(-1));
  const payload = Buffer.from(`Subject\0 ${"x".repeat(500_000)}\0`);
  const sockets = await Promise.all(Array.from({ length: 20 }, () => halfSent(port, payload)));
  // Packets that fit are held, and the others are dropped.
  await expect.poll(() => relay.load.spoolBytes).toBeGreaterThan(memory / 4);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(relay.load.spoolBytes).toBeLessThanOrEqual(memory);
  for (const socket of sockets) socket.write("\0");
  await expect
    .poll(() => log().some(({ code }) => code === "no-room"), { timeout: 10_000 })
    .toBe(true);
  for (const socket of sockets) socket.destroy();
  await expect.poll(() => relay.load.spoolBytes, { timeout: 10_000 }).toBe(0);
});
