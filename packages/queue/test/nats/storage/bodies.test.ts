import { expect, test } from "vitest";
import { joinPieces } from "../../../src/body-pieces.ts";
import { Bodies } from "../../../src/nats/storage/bodies.ts";
import { labelFor } from "../label.ts";
import { memoryServers } from "../memory-servers.ts";

async function* piecesOf(...pieces: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield Buffer.from(piece);
}

const none = new Uint8Array();

test("a shared body is read in the order in which it was put", async () => {
  const bodies = new Bodies(memoryServers(), undefined);
  const { pieces, sizeBytes } = await bodies.put("k", piecesOf("a", "b", "c", "d", "e", "f"));
  expect(sizeBytes).toBe(6);
  const label = labelFor("a", { share: { key: "k", index: 0, pieces } });
  expect(Buffer.from(await joinPieces(bodies.read({ label, body: none }))).toString()).toBe(
    "abcdef",
  );
});

test("an inline body is read from its message", async () => {
  const bodies = new Bodies(memoryServers(), undefined);
  const body = Buffer.from("inline");
  expect(await joinPieces(bodies.read({ label: labelFor("a"), body }))).toBe(body);
});

test("a body that fails leaves no pieces", async () => {
  const servers = memoryServers();
  const failing = async function* (): AsyncGenerator<Uint8Array> {
    yield* piecesOf("a", "b");
    throw new Error("the client disconnected");
  };
  await expect(new Bodies(servers, undefined).put("k", failing())).rejects.toThrow("disconnected");
  expect(servers.streamOf("q-shared").messages.size).toBe(0);
});

test.each([
  ["a piece is gone", { share: { key: "k", index: 0, pieces: [7] } }],
  ["the object store of an earlier version is gone", { object: "long" }],
])("body-missing is reported only if %s", async (_, more) => {
  const servers = memoryServers();
  const bodies = new Bodies(servers, undefined);
  const read = (): Promise<Uint8Array> =>
    joinPieces(bodies.read({ label: labelFor("a", more), body: none }));
  await expect(read()).rejects.toMatchObject({ code: "body-missing", temporary: false });
});

test("a server that does not answer is not a missing body", async () => {
  const servers = memoryServers();
  servers.failure = new Error("timeout");
  const label = labelFor("a", { share: { key: "k", index: 0, pieces: [7] } });
  const read = joinPieces(new Bodies(servers, undefined).read({ label, body: none }));
  await expect(read).rejects.toMatchObject({ code: "queue-unavailable" });
});
