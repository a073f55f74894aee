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

/** The largest difference between two clocks, in seconds, as RFC 8945 10 recommends. */
const fudgeSeconds = 300;
const nothing = Buffer.alloc(0);
const additionalCountOffset = 10;

export interface SignedMessage {
  readonly bytes: Buffer;
  /** The MAC of the request, which the MAC of the response covers first (RFC 8945 5.3.1). */
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
 * @throws RotationError "dns-update" with the reason of the server's refusal, or if the response is not from the server.
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
    throw untrusted(`it has no TSIG, and the code ${rcodeName(response.rcode)}`);
  }
  // A server that cannot check our key cannot sign its response either (RFC 8945 5.2).
  if (tsig.error !== 0 && tsig.mac.length === 0) {
    throw untrusted(`the server reports ${rcodeName(tsig.error)}${hintOf(tsig)}`);
  }
  if (tsig.keyName !== key.name.toLowerCase() || tsig.algorithm !== key.algorithm) {
    const { keyName, algorithm } = tsig;
    throw untrusted(`its TSIG is from ${printableLine(keyName)}, ${printableLine(algorithm)}`);
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
    throw untrusted("its TSIG was made with another secret, or for another message");
  }
  if (tsig.error !== 0)
    throw untrusted(`the server reports ${rcodeName(tsig.error)}${hintOf(tsig)}`);
  if (Math.abs(nowSeconds - tsig.timeSigned) > tsig.fudge) {
    throw untrusted(`its TSIG is from another time${hintOf(tsig)}`);
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
      return ", because it does not know this key, or not with this algorithm; compare the key with its config";
    case "BADSIG":
      return ", because it has another secret for this key; compare the key with its config";
    default:
      return `; the clock of the server is at ${new Date(timeSigned * 1000).toISOString()}`;
  }
}

function untrusted(reason: string): RotationError {
  return new RotationError(
    "dns-update",
    `the response of the DNS server is not signed with the TSIG key of the request: ${reason}`,
  );
}
