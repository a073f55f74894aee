/** Each step of a dialogue is one segment, on both sides, so that nobody waits for a TCP acknowledgement. */
import { Socket } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { RawClient } from "../support/raw-client.ts";
import { startRelay } from "../support/relay-under-test.ts";
import { startSink } from "../support/sinks.ts";

type Write = Socket["_write"];

afterEach(() => void vi.restoreAllMocks());

/** Counts the writes of the sockets that a predicate selects. */
function countWrites(isWanted: (socket: Socket) => boolean): { readonly writes: string[] } {
  const writes: string[] = [];
  const write = Socket.prototype._write;
  vi.spyOn(Socket.prototype, "_write").mockImplementation(function counted(
    this: Socket,
    ...args: Parameters<Write>
  ) {
    if (isWanted(this)) writes.push(String(args[0]).slice(0, 60));
    write.apply(this, args);
  });
  return { writes };
}

test("a reply is one write, and does not wait for an acknowledgement", async () => {
  const sink = await startSink();
  const noDelay = vi.spyOn(Socket.prototype, "setNoDelay");
  const { port } = await startRelay({ nextHopPort: sink.port });
  const client = await RawClient.connect(port);
  await client.reply();
  expect(noDelay.mock.contexts.some((socket) => (socket as Socket).localPort === port)).toBe(true);
  const { writes } = countWrites((socket) => socket.localPort === port);
  for (const line of [
    "EHLO client.test",
    "MAIL FROM:<joe@example.com>",
    "RCPT TO:<ann@example.net>",
    "RCPT TO:<bob@example.net>",
    "DATA",
    "From: joe@example.com\r\n\r\nhi\r\n.",
  ]) {
    const before = writes.length;
    const reply = await client.ask(line);
    expect([line, reply.slice(0, 1), writes.slice(before)]).toMatchObject([
      line,
      expect.stringMatching(/[23]/),
      { length: 1 },
    ]);
  }
});

test("the next hop gets envelope and message in one write for each of its replies", async () => {
  const sink = await startSink();
  const { port } = await startRelay({ nextHopPort: sink.port });
  const client = await RawClient.greeted(port);
  const { writes } = countWrites((socket) => socket.remotePort === sink.port);
  for (const run of ["first", "second"]) {
    writes.length = 0;
    await client.toData();
    client.send(`From: joe@example.com\r\n\r\n${`${"x".repeat(70)}\r\n`.repeat(200)}.\r\n`);
    expect(await client.reply()).toMatch(/^250/);
    const steps = writes.map((text) => text.split(/[ \r]/, 1)[0]);
    // EHLO belongs to the connection, which is kept.
    expect([run, steps.filter((step) => step !== "EHLO")]).toEqual([
      run,
      ["MAIL", "DATA", "DKIM-Signature:"],
    ]);
  }
});
