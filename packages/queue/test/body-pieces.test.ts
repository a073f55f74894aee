import fc from "fast-check";
import { expect, test } from "vitest";
import { bodyPieces, joinPieces } from "../src/body-pieces.ts";
import { EndlessBody } from "./embedded/fixture.ts";

async function* from(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

test("pieces do not depend on the chunks", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 40 })),
      fc.integer({ min: 1, max: 16 }),
      async (chunks, pieceBytes) => {
        const whole = Buffer.concat(chunks);
        const lengths: number[] = [];
        for await (const piece of bodyPieces(from(chunks), pieceBytes)) lengths.push(piece.length);
        const expected: number[] = [];
        for await (const piece of bodyPieces(whole, pieceBytes)) expected.push(piece.length);
        expect(lengths).toEqual(expected);
        expect(lengths.length).toBe(Math.max(1, Math.ceil(whole.length / pieceBytes)));
        const joined = await joinPieces(bodyPieces(from(chunks), pieceBytes));
        expect(Buffer.from(joined).equals(whole)).toBe(true);
      },
    ),
  );
});

test("a body that fails rejects with body-failed, after the pieces that were read", async () => {
  const failing = async function* (): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(5);
    throw new Error("the client disconnected");
  };
  const lengths: number[] = [];
  const read = async (): Promise<void> => {
    for await (const { length } of bodyPieces(failing(), 2)) lengths.push(length);
  };
  await expect(read()).rejects.toMatchObject({
    code: "body-failed",
    message: "the body could not be read: the client disconnected",
  });
  expect(lengths).toEqual([2, 2]);
});

test("return closes a body that was not read to its end", async () => {
  const body = new EndlessBody();
  const pieces = bodyPieces(body, 4);
  await pieces.next();
  expect(body.isClosed).toBe(false);
  await pieces.return();
  expect(body.isClosed).toBe(true);
});
