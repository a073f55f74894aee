import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  BodyCanonicalizer,
  BodyHasher,
  BodyHasherSet,
  type BodyHashOptions,
} from "../src/index.ts";
import { referenceBody } from "./support/reference.ts";

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}

describe("few calls and bounded memory", () => {
  const sizes: readonly (readonly [string, string])[] = [
    ["blank lines", "\r\n"],
    ["spaces", " "],
    ["alternation", " a \t"],
    ["bare CR", "\r"],
    ["short lines", "ab \r\n"],
  ];
  test.each(sizes)("4 MB of %s", (_, pattern) => {
    const body = Buffer.alloc(4 << 20, pattern);
    let calls = 0;
    let size = 0;
    const canonicalizer = new BodyCanonicalizer("relaxed", (_bytes, start, end) => {
      calls++;
      size += end - start;
    });
    canonicalizer.write(Buffer.concat([Buffer.from("a"), body, Buffer.from("z")]));
    canonicalizer.finish();
    expect(size).toBe(referenceBody(`a${body.toString("latin1")}z`, "relaxed").length);
    expect(calls).toBeLessThanOrEqual(size / 4096 + 4);
  });
});

test("two bodies at once do not mix", () => {
  const first: string[] = [];
  const second: string[] = [];
  const keep = (to: string[]) => (bytes: Uint8Array, start: number, end: number) => {
    to.push(Buffer.from(bytes.subarray(start, end)).toString());
  };
  const a = new BodyCanonicalizer("relaxed", keep(first));
  const b = new BodyCanonicalizer("relaxed", keep(second));
  a.write(Buffer.from("one "));
  b.write(Buffer.from("three "));
  a.write(Buffer.from("two"));
  a.finish();
  a.finish();
  const c = new BodyCanonicalizer("relaxed", keep([]));
  c.write(Buffer.from("garbage"));
  b.write(Buffer.from("four"));
  b.finish();
  expect(second.join("")).toBe("three four\r\n");
});

test("finishing twice gives no buffer to two bodies", () => {
  const options: BodyHashOptions = { canonicalization: "relaxed", hash: "sha256" };
  const twice = new BodyHasherSet();
  twice.add(options);
  twice.write(Buffer.from("z"));
  twice.finish();
  twice.finish();
  const [one, other] = [new BodyHasher(options), new BodyHasher(options)];
  one.write(Buffer.from("aaaa"));
  other.write(Buffer.from("bb"));
  expect(Buffer.from(one.finish().digest).toString("base64")).toBe(digestOf("aaaa\r\n"));
  expect(Buffer.from(other.finish().digest).toString("base64")).toBe(digestOf("bb\r\n"));
});
