import type { KeyObject } from "node:crypto";
import DKIM, { type DKIMOptions } from "nodemailer/lib/dkim";
import { domain } from "./fixtures.ts";

/** nodemailer's signer with a key that is parsed already, which it takes though its types do not say so. */
export async function nodemailerSign(message: Uint8Array, key: KeyObject): Promise<number> {
  const options = {
    domainName: domain,
    keySelector: "rsa",
    privateKey: key,
  } as unknown as DKIMOptions;
  let size = 0;
  for await (const chunk of new DKIM(options).sign(Buffer.from(message))) {
    size += (chunk as Uint8Array).length;
  }
  return size;
}
