import { type Verdict, verify, type VerifyOptions } from "../../src/index.ts";
import { type HandSigned, keysFrom, rsaKey } from "./hand-sign.ts";

/** The time of every verification in these tests, Unix seconds. */
export const now = 1_767_225_600;

/** Signed with the RSA key of 1024 bits that `keysFrom` publishes. */
export const rsaSigned: HandSigned = {
  tags: "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=rsa",
  key: rsaKey,
  algorithm: "rsa-sha256",
};

export const sha1Signed: HandSigned = {
  ...rsaSigned,
  tags: rsaSigned.tags?.replace("sha256", "sha1") ?? "",
  algorithm: "rsa-sha1",
};

/** The verdict of the first signature; fails the test if the message has none. */
export async function verdictOf(
  message: string | Uint8Array,
  options: Partial<VerifyOptions> = {},
): Promise<Verdict> {
  const report = await verify(Buffer.from(message), { keys: keysFrom(), now, ...options });
  const [verdict] = report.signatures;
  if (verdict === undefined) {
    throw new Error("no signature");
  }
  return verdict;
}
