import fc from "fast-check";
import { expect, test } from "vitest";
import { bodyPieces, joinPieces } from "../src/body-pieces.ts";

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
