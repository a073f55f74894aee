/** Each of our writes is a segment of its own, and an MTA may wait for it: what belongs together is one. */
import { once } from "node:events";
import { connect, createServer, Socket } from "node:net";
import { connection, everyAction } from "@mailseal/testkit/milter-mta";
import { expect, test, vi } from "vitest";
import type { MilterHandler } from "../../src/handler.ts";
import { serveMilter } from "../../src/serve-milter.ts";
import { duplexTransport, type MilterTransport } from "../../src/session/transport.ts";
import { commands, steps } from "../support/session-harness.ts";

const handler: MilterHandler = {
  connect: () => undefined,
  mailFrom: () => undefined,
  header: () => undefined,
  endOfMessage(changes) {
    changes.deleteHeader("DKIM-Signature", 1);
    for (const name of ["Received", "DKIM-Signature", "Date"]) {
      changes.insertHeader(0, name, " x".repeat(2000));
    }
    return "accept";
  },
};

test("each step is answered in one write, with all its changes", async () => {
  const { filter, mta } = connection();
  const inner = duplexTransport(filter);
  let writes = 0;
  const counting: MilterTransport = {
    ...inner,
    write(bytes) {
      writes += 1;
      return inner.write(bytes);
    },
  };
  const session = serveMilter(counting, () => handler, {
    actions: ["add-headers", "change-headers"],
  });
  await mta.negotiate({ actions: everyAction });
  expect(writes).toBe(1);
  for (const step of steps) {
    const before = writes;
    await mta.say(...commands[step]);
    expect([step, writes - before]).toEqual([step, 1]);
  }
  session.destroy();
  await session.done;
});

test("a socket does not hold a write back until the one before is acknowledged", async () => {
  const noDelay = vi.spyOn(Socket.prototype, "setNoDelay");
  const server = createServer((socket) => void serveMilter(socket, () => handler));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const client = connect(typeof address === "object" ? (address?.port ?? 0) : 0, "127.0.0.1");
  await once(server, "connection");
  expect(noDelay).toHaveBeenCalledWith(true);
  client.destroy();
  server.close();
  noDelay.mockRestore();
});
