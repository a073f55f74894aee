import { expect, test } from "vitest";
import { bytesOf, packAnswers, packRequests } from "../../../src/embedded/thread/bytes-pack.ts";
import { add, requests } from "../operations.ts";

const long = 16 * 1024 + 1;

test("requests are copied into one buffer, and the caller's arrays stay usable", () => {
  const bodies = [Buffer.from("first"), Buffer.from("second")];
  const asked = requests([
    ...bodies.map((bytes) => add("a", bytes.length, { bytes })),
    { kind: "stats", maxRoutes: 1 },
  ]);
  const { value, transfer } = packRequests(asked);
  const moved = structuredClone(value, { transfer: [...transfer] });
  expect(transfer).toHaveLength(1);
  expect(moved.map(({ operation }) => "bytes" in operation && operation.bytes)).toEqual([
    new Uint8Array(bodies[0] ?? []),
    new Uint8Array(bodies[1] ?? []),
    false,
  ]);
  expect(bodies.map(String)).toEqual(["first", "second"]);
});

test("requests without bodies transfer nothing", () => {
  const asked = requests([{ kind: "stats", maxRoutes: 1 }]);
  expect(packRequests(asked)).toEqual({ value: asked, transfer: [] });
  expect(asked.map(({ operation }) => bytesOf(operation))).toEqual([0]);
});

test("short answers are copied into one buffer, and long ones are transferred themselves", () => {
  const [short, whole] = [new Uint8Array([1, 2]), new Uint8Array(long)];
  const view = new Uint8Array(new ArrayBuffer(2 * long), 0, long);
  const rows = [{ bytes: short }, { bytes: view }, { bytes: undefined }];
  const { value, transfer } = packAnswers([
    { id: 1, value: { lease: 5, rows, nextMs: undefined } },
    { id: 2, value: { bytes: whole, last: true } },
    { id: 3, value: true },
    { id: 4, failure: { code: "queue-full", message: "no room" } },
  ]);
  expect(transfer).toEqual([expect.any(ArrayBuffer), whole.buffer]);
  expect(transfer[0]?.byteLength).toBe(short.length + view.length);
  const moved = structuredClone(value, { transfer: [...transfer] });
  expect(moved).toEqual([
    {
      id: 1,
      value: { lease: 5, rows: [{ bytes: short }, { bytes: view }, rows[2]], nextMs: undefined },
    },
    { id: 2, value: { bytes: new Uint8Array(long), last: true } },
    { id: 3, value: true },
    { id: 4, failure: { code: "queue-full", message: "no room" } },
  ]);
  expect(whole.buffer.byteLength).toBe(0);
});
