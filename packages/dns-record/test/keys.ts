import { generateKey, type PrivateKey } from "@mailseal/crypto";
import { formatKeyRecord } from "../src/index.ts";

/** RSA keys take long to make: the tests of a file share these. */
export const rsaKey: PrivateKey = generateKey({ type: "rsa", bits: 2048 });
export const edKey: PrivateKey = generateKey({ type: "ed25519" });
export const rsaRecord: string = formatKeyRecord(rsaKey.publicKey);
export const edRecord: string = formatKeyRecord(edKey.publicKey);

/** p= of an RSA key that no honest tool makes; the modulus is odd, and no product of primes we know. */
export function craftedRsa(bits: number, exponent: number): string {
  const modulus = Buffer.alloc(bits / 8, 0xa5);
  const numbers = der(0x30, integer(modulus), integer(Buffer.from([exponent])));
  const algorithm = Buffer.from("300d06092a864886f70d0101010500", "hex");
  return der(0x30, algorithm, der(0x03, Buffer.from([0]), numbers)).toString("base64");
}

function integer(bytes: Buffer): Buffer {
  const [first = 0] = bytes;
  return der(0x02, first < 0x80 ? bytes : Buffer.concat([Buffer.from([0]), bytes]));
}

function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const length =
    content.length < 0x80 ? [content.length] : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}
