import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { readdirSync, readlinkSync, truncateSync } from "node:fs";
import { unlink } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import fc from "fast-check";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { SpillFile } from "../src/index.ts";

vi.mock("node:fs/promises", async (importActual) => {
  const actual = await importActual<typeof import("node:fs/promises")>();
  return { ...actual, unlink: vi.fn<typeof actual.unlink>(actual.unlink) };
});

const shared = temporaryDirectory("file");

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
        const file = await SpillFile.create(shared);
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
  const file = await SpillFile.create(shared);
  await file.append(Buffer.from("secret"));
  expect(readdirSync(shared)).toEqual([]);
  await file.close();
  await file.close();
});

async function created(folder = temporaryDirectory("test")): Promise<SpillFile> {
  const file = await SpillFile.create(folder);
  onTestFinished(() => file.close());
  return file;
}

async function piecesOf(file: SpillFile): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of file.chunks()) pieces.push(piece);
  return pieces;
}

describe("a spill file", () => {
  test("has no name that outlives the process", async () => {
    const directory = temporaryDirectory("test");
    const file = await created(directory);
    await file.append(Buffer.from("abc"));
    expect(readdirSync(directory)).toEqual([]);
    expect(file.sizeBytes).toBe(3);
  });

  test("is read from its beginning each time, in pieces of at most 64 KB", async () => {
    const content = randomBytes(200_000);
    const file = await created();
    await file.append(content.subarray(0, 1));
    await file.append(content.subarray(1, 150_000));
    await file.append(content.subarray(150_000));
    for (let reading = 0; reading < 2; reading++) {
      const pieces = await piecesOf(file);
      expect(Math.max(...pieces.map(({ length }) => length))).toBe(64 * 1024);
      expect(Buffer.concat(pieces).equals(content)).toBe(true);
    }
  });

  test("does not change a piece that was read when the next one is read", async () => {
    const file = await created();
    await file.append(Buffer.alloc(64 * 1024, "a"));
    await file.append(Buffer.alloc(64 * 1024, "b"));
    const [first, second] = await piecesOf(file);
    expect([first?.at(0), second?.at(0)]).toEqual(["a".charCodeAt(0), "b".charCodeAt(0)]);
  });

  test("yields nothing if nothing was written", async () => {
    expect(await piecesOf(await created())).toEqual([]);
  });

  test.skipIf(process.platform !== "linux")(
    "fails to read, and does not end early, if it was cut short",
    async () => {
      const directory = temporaryDirectory("test");
      const file = await created(directory);
      await file.append(Buffer.alloc(100));
      truncateSync(descriptorOf(directory), 10);
      await expect(piecesOf(file)).rejects.toThrow("ends after 10 of 100 octets");
    },
  );

  test("is removed when it is closed, if the system refuses to unlink an open file", async () => {
    vi.mocked(unlink).mockRejectedValueOnce(new Error("EBUSY"));
    const directory = temporaryDirectory("test");
    const file = await created(directory);
    expect(readdirSync(directory)).toEqual([expect.stringMatching(/^mailseal-/)]);
    await file.close();
    expect(readdirSync(directory)).toEqual([]);
  });

  test("cannot be written after it is closed, and closing it again does nothing", async () => {
    const file = await created();
    await file.close();
    await file.close();
    await expect(file.append(Buffer.from("late"))).rejects.toThrow(/closed|EBADF/);
    expect(file.sizeBytes).toBe(0);
  });

  test("cannot be created in a directory that does not exist", async () => {
    const directory = join(temporaryDirectory("test"), "absent");
    await expect(SpillFile.create(directory)).rejects.toThrow(/ENOENT/);
  });
});

/** The path by which this process can still reach its unlinked file. */
function descriptorOf(directory: string): string {
  const all = "/proc/self/fd";
  const found = readdirSync(all).find((number) => {
    try {
      return readlinkSync(join(all, number)).startsWith(directory);
    } catch {
      return false;
    }
  });
  if (found === undefined) throw new Error("the file is not open");
  return join(all, found);
}
