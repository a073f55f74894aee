import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { corpusPath, disputedCases, readManifest, readVectors } from "../src/index.ts";

describe("a corpus named by $MAILSEAL_CORPUS", () => {
  let path = "";
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), "mailseal-corpus-"));
    vi.stubEnv("MAILSEAL_CORPUS", path);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(path, { recursive: true });
  });

  function write(fileName: string, ...cases: readonly object[]): void {
    writeFileSync(join(path, fileName), cases.map((read) => `${JSON.stringify(read)}\n`).join(""));
  }

  test("is absent without a manifest, and gives no cases", () => {
    expect(corpusPath()).toBeUndefined();
    expect(readManifest()).toEqual([]);
    expect(readVectors()).toEqual([]);
  });

  test("gives the cases of one kind", () => {
    write("manifest.jsonl", { id: "a", kind: "verify" }, { id: "b", kind: "sign" });
    expect(corpusPath()).toBe(path);
    expect(readManifest().map(({ id }) => id)).toEqual(["a", "b"]);
    expect(readManifest("sign").map(({ id }) => id)).toEqual(["b"]);
  });

  test.each([
    [{ id: "a", kind: "verify", expected: [] }, /case a has the unknown key "expected"/],
    [{ id: "a", kind: "arc" }, /case a is of the unknown kind "arc"/],
    [{ id: "a", kind: "__proto__" }, /unknown kind/],
  ])("may not hold what no test reads: %o", (read, message) => {
    write("manifest.jsonl", read);
    expect(() => readManifest()).toThrow(message);
  });
});

describe.skipIf(corpusPath() === undefined)("the shared corpus", () => {
  test("holds the files its manifest names, unaltered", () => {
    const altered = readManifest().filter((read) => {
      const path = "signed_path" in read ? read.signed_path : read.message_path;
      const bytes = readFileSync(join(corpusPath() ?? "", path ?? ""));
      return createHash("sha256").update(bytes).digest("hex") !== read.sha256;
    });
    expect(altered.map(({ id }) => id)).toEqual([]);
  });

  test("has no two cases of one id, and every disputed case is one of them", () => {
    const ids = [...readManifest(), ...readVectors()].map(({ id }) => id);
    expect(ids).toHaveLength(new Set(ids).size);
    expect(ids).toEqual(expect.arrayContaining(disputedCases().map(({ id }) => id)));
  });
});

test("each dispute names the section it rests on, and a reason", () => {
  const unfounded = disputedCases().filter(
    ({ section, reason }) => !/^RFC \d+ \d/.test(section) || !/\w+ \w+/.test(reason),
  );
  expect(unfounded).toEqual([]);
});
