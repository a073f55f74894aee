import { readFileSync } from "node:fs";
import { dkimSign } from "mailauth/lib/dkim/sign.js";
import { dkimVerify } from "mailauth/lib/dkim/verify.js";
import type { Peer } from "./peer.ts";

/** The npm package `mailauth`, in this process, with its DNS lookups answered from `zone`. */
export function mailauthPeer(zone: ReadonlyMap<string, string>): Peer {
  const resolver = async (name: string): Promise<string[][]> => {
    const record = zone.get(name.toLowerCase());
    if (record === undefined) {
      throw Object.assign(new Error("not found"), { code: "ENOTFOUND" });
    }
    return [[record]];
  };
  return {
    name: "mailauth",
    algorithms: ["rsa-sha256", "ed25519-sha256"],
    async verify(message) {
      const { results } = await dkimVerify(Buffer.from(message), { resolver });
      return results.map(({ status }) =>
        status.result === "pass" ? "pass" : `${status.result} ${String(status.comment ?? "")}`,
      );
    },
    async sign(message, canonicalization, { algorithm, domain, selector, keyFile }) {
      const options = {
        signingDomain: domain,
        selector,
        privateKey: readFileSync(keyFile, "utf8"),
        algorithm,
        canonicalization,
      };
      const { signatures, errors } = await dkimSign(Buffer.from(message), {
        ...options,
        signatureData: [options],
      });
      if (errors.length > 0) {
        throw new Error(`mailauth: ${JSON.stringify(errors)}`);
      }
      return Buffer.from(signatures);
    },
  };
}
