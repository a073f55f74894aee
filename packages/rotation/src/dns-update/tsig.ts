import { createHmac, timingSafeEqual } from "node:crypto";
import { printableLine } from "@mailseal/syntax";
import { RotationError } from "../errors.ts";
import { rcodeName } from "./rcode.ts";
import type { ReceivedTsig, UpdateResponse } from "./response.ts";
import type { TsigKey } from "./tsig-key.ts";
import {
  encodeName,
  encodeRecord,
  recordClass,
  recordType,
  uint16,
  uint32,
  uint48,
} from "./wire-text.ts";

/** How far two clocks may differ (RFC 8945 10 recommends it), in seconds. */
const fudgeSeconds = 300;
const nothing = Buffer.alloc(0);
const additionalCountOffset = 10;

export interface SignedMessage {
  readonly bytes: Buffer;
  /** What the response's signature begins with (RFC 8945 5.3.1). */
  readonly mac: Buffer;
}

/** Adds a TSIG to a message without one (RFC 8945 5.1). */
export function signMessage(message: Buffer, key: TsigKey, nowSeconds: number): SignedMessage {
  const signed = { timeSigned: nowSeconds, fudge: fudgeSeconds, error: 0, other: nothing };
  const mac = hmac(key, [message, variables(key, signed)]);
  const record = encodeRecord({
    name: key.name,
    type: recordType.tsig,
    class: recordClass.any,
    ttlSeconds: 0,
    content: Buffer.concat([
      encodeName(key.algorithm),
      uint48(nowSeconds),
      uint16(fudgeSeconds),
      uint16(mac.length),
      mac,
      message.subarray(0, 2),
      uint16(0),
      uint16(0),
    ]),
  });
  const bytes = Buffer.concat([message, record]);
  bytes.writeUInt16BE(message.readUInt16BE(additionalCountOffset) + 1, additionalCountOffset);
  return { bytes, mac };
}

/**
 * Checks that a response comes from a holder of the key (RFC 8945 5.3 and 5.4).
 *
 * @throws RotationError "dns-update" with the reason why the server refuses, or that the response is not from the server.
 */
export function verifyResponse(
  bytes: Buffer,
  response: UpdateResponse,
  key: TsigKey,
  requestMac: Buffer,
  nowSeconds: number,
): void {
  const { tsig } = response;
  if (tsig === undefined) {
    throw untrusted(`a response without TSIG (${rcodeName(response.rcode)})`);
  }
  // A server that cannot check our key cannot sign its response either (RFC 8945 5.2).
  if (tsig.error !== 0 && tsig.mac.length === 0) {
    throw untrusted(`${rcodeName(tsig.error)}${hintOf(tsig)}`);
  }
  if (tsig.keyName !== key.name.toLowerCase() || tsig.algorithm !== key.algorithm) {
    throw untrusted(`a TSIG of ${printableLine(tsig.keyName)}, ${printableLine(tsig.algorithm)}`);
  }
  const unsigned = Buffer.from(bytes.subarray(0, tsig.offset));
  unsigned.writeUInt16BE(tsig.originalId, 0);
  unsigned.writeUInt16BE(unsigned.readUInt16BE(additionalCountOffset) - 1, additionalCountOffset);
  const expected = hmac(key, [
    uint16(requestMac.length),
    requestMac,
    unsigned,
    variables(key, tsig),
  ]);
  // A truncated MAC is not accepted, because we never ask for one.
  if (expected.length !== tsig.mac.length || !timingSafeEqual(expected, tsig.mac)) {
    throw untrusted("a TSIG that another secret or another message was used for");
  }
  if (tsig.error !== 0) throw untrusted(`${rcodeName(tsig.error)}${hintOf(tsig)}`);
  if (Math.abs(nowSeconds - tsig.timeSigned) > tsig.fudge) {
    throw untrusted(`a TSIG of another time${hintOf(tsig)}`);
  }
}

/** The fields of a TSIG that are signed with the message (RFC 8945 4.3.3). */
function variables(
  key: TsigKey,
  {
    timeSigned,
    fudge,
    error,
    other,
  }: Pick<ReceivedTsig, "timeSigned" | "fudge" | "error" | "other">,
): Buffer {
  return Buffer.concat([
    encodeName(key.name),
    uint16(recordClass.any),
    uint32(0),
    encodeName(key.algorithm),
    uint48(timeSigned),
    uint16(fudge),
    uint16(error),
    uint16(other.length),
    other,
  ]);
}

function hmac({ algorithm, secret }: TsigKey, parts: readonly Buffer[]): Buffer {
  const hmacOf = createHmac(algorithm.slice("hmac-".length), secret);
  for (const part of parts) hmacOf.update(part);
  return hmacOf.digest();
}

function hintOf({ error, timeSigned }: ReceivedTsig): string {
  switch (rcodeName(error)) {
    case "BADKEY":
      return ": the server does not know this key, or not with this algorithm";
    case "BADSIG":
      return ": the server has another secret for this key";
    default:
      return `; the server's clock is at ${new Date(timeSigned * 1000).toISOString()}`;
  }
}

function untrusted(got: string): RotationError {
  return new RotationError(
    "dns-update",
    `expected a response signed with the TSIG key of the request, got ${got}`,
  );
}
