import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { afterThisTest, startRelay } from "../support/relay-under-test.ts";

const hourMs = 3_600_000;

/** A client that never closes its side, and what it was told last. */
async function lastingClient(port: number, line = "") {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  afterThisTest(async () => void socket.destroy());
  socket.on("error", () => undefined);
  await once(socket, "data");
  if (line !== "") {
    socket.write(line);
    await once(socket, "data");
  }
  return socket;
}

describe("a relay that stops does not wait for timers", () => {
  test.each([
    ["a client that is idle", ""],
    ["a client that has been told to go", "QUIT\r\n"],
  ])("and not for %s and leaves its side open", async (_, line) => {
    const { port, relay } = await startRelay({ nextHopPort: 1 });
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    afterThisTest(async () => void vi.useRealTimers());
    const socket = await lastingClient(port, line);
    const ended = once(socket, "end");
    socket.resume();
    await relay.stop(hourMs);
    expect(await ended).toEqual([]);
  });
});
