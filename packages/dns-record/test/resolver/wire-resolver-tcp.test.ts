import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { encode } from "dns-packet";
import { describe, expect, test } from "vitest";
import type { TxtAnswer } from "../../src/index.ts";
import { encodeTxtQuery } from "../../src/resolver/dns-query.ts";
import { exchangeOverTcp } from "../../src/resolver/wire-resolver-tcp.ts";

const query = encodeTxtQuery("a.example", 7);
const response = encode({
  type: "response",
  id: 7,
  questions: [{ type: "TXT", name: "a.example" }],
  answers: [{ type: "TXT", name: "a.example", ttl: 1, data: [Buffer.from("x")] }],
});
const length = Buffer.from([0, response.length]);
const whole = Buffer.concat([length, response]);

async function against(
  serve: (connection: Socket) => void,
  timeoutMs = 10_000,
): Promise<TxtAnswer> {
  const connections = new Set<Socket>();
  const server = createServer((connection) => {
    connections.add(connection);
    connection.on("error", () => connection.destroy());
    connection.once("data", () => serve(connection));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  try {
    return await exchangeOverTcp({ address: "127.0.0.1", family: 4, port }, query, timeoutMs);
  } finally {
    for (const connection of connections) connection.destroy();
    server.close();
    await once(server, "close");
  }
}

const found = { status: "found", records: ["x"], ttlSeconds: 1 };

describe("RFC 7766", () => {
  test("octet by octet", async () => {
    const serve = (connection: Socket): void => {
      connection.setNoDelay(true);
      for (const octet of whole) connection.write(Buffer.from([octet]));
    };
    expect(await against(serve)).toMatchObject(found);
  });
  test("what comes behind the response is not read", async () => {
    const serve = (connection: Socket): void => {
      connection.write(Buffer.concat([whole, Buffer.alloc(70_000)]));
    };
    expect(await against(serve)).toMatchObject(found);
  });
  test("a connection closed too early", async () => {
    const reason = expect.stringMatching(/without a whole response/);
    const failed = { status: "error", reason };
    expect(await against((connection) => connection.end())).toEqual(failed);
    expect(await against((connection) => connection.end(Buffer.from([0])))).toEqual(failed);
    expect(await against((connection) => connection.end(whole.subarray(0, -1)))).toEqual(failed);
  });
  test("no response to the query", async () => {
    const garbage = Buffer.alloc(100, 0);
    expect(await against((connection) => connection.write(garbage))).toMatchObject({
      status: "error",
    });
  });
  test("silence, and silence in the middle", async () => {
    const failed = { status: "timeout", reason: "no response over TCP within 100 ms" };
    expect(await against(() => undefined, 100)).toEqual(failed);
    expect(await against((connection) => connection.write(whole.subarray(0, 9)), 100)).toEqual(
      failed,
    );
  });
});
