import { describe, expect, test } from "vitest";
import { readResponse } from "../../src/dns-update/response.ts";
import { TsigKey } from "../../src/dns-update/tsig-key.ts";
import { verifyResponse } from "../../src/dns-update/tsig.ts";
import { key, nowSeconds, responseTo } from "../support/signed-response.ts";

const empty = Buffer.alloc(0);

function check(bytes: Buffer, requestMac: Buffer, at = nowSeconds): void {
  const response = readResponse(bytes);
  if (response === undefined) throw new Error("no response");
  verifyResponse(bytes, response, key, requestMac, at);
}

describe("the signature of a response (RFC 8945 5.3)", () => {
  const requestMac = Buffer.alloc(32, 9);
  const right = responseTo(requestMac);

  test("is accepted if it is correct and within the fudge", () => {
    expect(() => check(right, requestMac)).not.toThrow();
    expect(() => check(right, requestMac, nowSeconds + 300)).not.toThrow();
  });

  test.each([
    ["another request", () => check(right, Buffer.alloc(32, 8)), /another secret/],
    ["another time", () => check(right, requestMac, nowSeconds + 301), /another time/],
    [
      "another secret",
      () =>
        check(responseTo(requestMac, new TsigKey("update.key", "hmac-sha256", empty)), requestMac),
      /another secret/,
    ],
    [
      "another name",
      () =>
        check(responseTo(requestMac, new TsigKey("x.key", "hmac-sha256", key.secret)), requestMac),
      /TSIG is from x\.key/,
    ],
    [
      "nobody",
      () => check(Buffer.from(right.subarray(0, 12)).fill(0, 10), requestMac),
      /it has no TSIG/,
    ],
  ])("from %s is refused", (_, action, reason) => {
    expect(action).toThrow(reason);
  });

  test("is refused if any octet is changed", () => {
    expect.assertions(right.length - 2);
    // The publisher checks the id, because the signature covers the original id in the TSIG.
    for (let at = 2; at < right.length; at++) {
      const changed = Buffer.from(right);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => check(changed, requestMac), `octet ${at}`).toThrow(
        /^the response of the DNS server is not signed|no response/,
      );
    }
  });
});
