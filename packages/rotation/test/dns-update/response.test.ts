import fc from "fast-check";
import { expect, test } from "vitest";
import { readResponse } from "../../src/dns-update/response.ts";
import { parseTsigKey } from "../../src/dns-update/tsig-key.ts";
import { signMessage } from "../../src/dns-update/tsig.ts";

const secret = Buffer.alloc(32, 7).toString("base64");

const keyText = `key "update.key" {\n algorithm hmac-sha256;\n secret "${secret}";\n};`;

const key = parseTsigKey(keyText, "test");

const nowSeconds = 1_764_000_000;

/** A response without records, signed as the request `requestMac` belongs to would be answered. */
function responseTo(requestMac: Buffer, signingKey = key, at = nowSeconds): Buffer {
  const message = Buffer.alloc(12);
  message.writeUInt16BE(0x1234, 0);
  message.writeUInt16BE(0xa800, 2);
  // The MAC of the request comes first, with its length, as a response's signature wants it.
  const length = Buffer.alloc(2);
  length.writeUInt16BE(requestMac.length);
  const prefix = Buffer.concat([length, requestMac]);
  const { mac } = signMessage(Buffer.concat([prefix, message]), signingKey, at);
  const { bytes } = signMessage(message, signingKey, at);
  mac.copy(bytes, bytes.length - 6 - mac.length);
  return bytes;
}

test("a response of any octets is read or is none, and never throws", () => {
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
