import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Canonicalization, splitMessage } from "@mailseal/syntax";
import { corpusPath, disputedCases, readVectors } from "@mailseal/testkit";
import { describe, expect, test } from "vitest";
import {
  BodyCanonicalizer,
  ByteSink,
  canonicalizeBody,
  canonicalizeField,
  hashBody,
} from "../src/index.ts";

const disputed = new Map(disputedCases().map(({ id, ours }) => [id, ours]));

/** What a case must give: its expectation, or ours where that is disputed. */
function settled(id: string, expected: string): unknown {
  return disputed.has(id) ? disputed.get(id) : expected;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

function header(text: string, mode: Canonicalization): string {
  const message = splitMessage(Buffer.from(text, "latin1"));
  const sink = new ByteSink();
  for (const { start, end } of message.fields) {
    canonicalizeField(message.bytes, start, end, mode, sink);
  }
  return latin1(sink.bytes());
}

function inChunks(chunks: readonly string[], mode: Canonicalization): string {
  let out = "";
  const canonicalizer = new BodyCanonicalizer(mode, (bytes, start, end) => {
    out += latin1(bytes.subarray(start, end));
  });
  for (const chunk of chunks) {
    canonicalizer.write(Buffer.from(chunk, "latin1"));
  }
  canonicalizer.finish();
  return out;
}

describe.skipIf(corpusPath() === undefined)(
  "corpus vectors, in $MAILSEAL_CORPUS or ../shared/corpus",
  () => {
    test.each(readVectors("canon-header-relaxed"))("$id", ({ chunks, expect: expected }) => {
      expect(header(chunks.join(""), "relaxed")).toBe(expected);
    });
    test.each(readVectors("canon-body-simple"))("$id", ({ id, chunks, expect: expected }) => {
      expect(inChunks(chunks, "simple")).toBe(settled(id, expected));
    });
    test.each(readVectors("canon-body-relaxed"))("$id", ({ id, chunks, expect: expected }) => {
      expect(inChunks(chunks, "relaxed")).toBe(settled(id, expected));
    });
    test.each(readVectors("canon-message"))("$id", (vector) => {
      const message = splitMessage(Buffer.from(vector.message, "latin1"));
      const body = message.bytes.subarray(message.bodyStart);
      expect(header(vector.message, "simple")).toBe(settled(vector.id, vector.simple_headers));
      expect(header(vector.message, "relaxed")).toBe(settled(vector.id, vector.relaxed_headers));
      expect(latin1(canonicalizeBody(body, "simple"))).toBe(vector.simple_body);
      expect(latin1(canonicalizeBody(body, "relaxed"))).toBe(vector.relaxed_body);
    });
    test.each(readVectors("canon-invariance"))("$id", ({ body }) => {
      const whole = inChunks([body], "relaxed");
      for (let first = 0; first <= body.length; first++) {
        for (let second = first; second <= body.length; second++) {
          const chunks = [body.slice(0, first), body.slice(first, second), body.slice(second)];
          expect(inChunks(chunks, "relaxed")).toBe(whole);
        }
      }
    });
    test.for(readVectors("body-hash"))("$id", (vector, { skip }) => {
      const { body, message_path: path = "" } = vector;
      skip(body === undefined && !existsSync(fileOf(path)), `the corpus has no file ${path}`);
      const bytes = body === undefined ? bodyOf(path) : Buffer.from(body, "latin1");
      const { digest } = hashBody(bytes, {
        canonicalization: vector.canon,
        hash: vector.hash,
        ...(vector.l === undefined ? {} : { length: vector.l }),
      });
      expect(Buffer.from(digest).toString("base64")).toBe(vector.expect);
    });
  },
);

function fileOf(path: string): string {
  return join(corpusPath() ?? "", path);
}

function bodyOf(path: string): Uint8Array {
  const message = splitMessage(readFileSync(fileOf(path)));
  return message.bytes.subarray(message.bodyStart);
}
