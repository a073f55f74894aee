import { readdirSync } from "node:fs";
import { temporaryDirectory } from "@mailseal/testkit/files";
import fc from "fast-check";
import { expect, test } from "vitest";
import { SpillFile } from "../src/index.ts";

const directory = temporaryDirectory("file");

async function contentOf(file: SpillFile): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.chunks()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test("what is appended is read back, from the beginning each time (property)", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 100_000 }), { maxLength: 8 }),
      async (all) => {
        const file = await SpillFile.create(directory);
        for (const chunk of all) await file.append(chunk);
        const expected = Buffer.concat(all);
        expect(file.sizeBytes).toBe(expected.length);
        expect((await contentOf(file)).equals(expected)).toBe(true);
        expect((await contentOf(file)).equals(expected)).toBe(true);
        await file.close();
      },
    ),
    { numRuns: 20 },
  );
});

test.skipIf(process.platform === "win32")("it has no name while it is open", async () => {
  const file = await SpillFile.create(directory);
  await file.append(Buffer.from("secret"));
  expect(readdirSync(directory)).toEqual([]);
  await file.close();
  await file.close();
});
