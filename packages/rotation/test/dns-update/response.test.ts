import fc from "fast-check";
import { expect, test } from "vitest";
import { readResponse } from "../../src/dns-update/response.ts";
import { responseTo } from "../support/signed-response.ts";

test("any octets are read or refused, and nothing throws", () => {
  const right = responseTo(Buffer.alloc(32));
  const cut = fc.nat(right.length).map((end) => right.subarray(0, end));
  const any = fc.oneof(
    fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
    cut,
  );
  fc.assert(
    fc.property(any, (bytes) => {
      expect(() => readResponse(bytes)).not.toThrow();
    }),
  );
});
