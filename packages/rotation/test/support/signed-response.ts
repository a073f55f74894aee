import { parseTsigKey, type TsigKey } from "../../src/dns-update/tsig-key.ts";
import { signMessage } from "../../src/dns-update/tsig.ts";

/** The secret of `key`, in base64. */
export const secret: string = Buffer.alloc(32, 7).toString("base64");

/** A key file for HMAC-SHA256. */
export const keyText: string = `key "update.key" {\n algorithm hmac-sha256;\n secret "${secret}";\n};`;
/** The key in `keyText`. */
export const key: TsigKey = parseTsigKey(keyText, "test");
/** The time of the signature of responses, in Unix seconds. */
export const nowSeconds = 1_764_000_000;

/** A response without records, signed as the answer to the request with the MAC `requestMac`. */
export function responseTo(
  requestMac: Buffer,
  signingKey: TsigKey = key,
  at: number = nowSeconds,
): Buffer {
  const message = Buffer.alloc(12);
  message.writeUInt16BE(0x1234, 0);
  message.writeUInt16BE(0xa800, 2);
  // The signature of a response starts with the MAC of the request and its length.
  const length = Buffer.alloc(2);
  length.writeUInt16BE(requestMac.length);
  const prefix = Buffer.concat([length, requestMac]);
  const { mac } = signMessage(Buffer.concat([prefix, message]), signingKey, at);
  const { bytes } = signMessage(message, signingKey, at);
  mac.copy(bytes, bytes.length - 6 - mac.length);
  return bytes;
}
