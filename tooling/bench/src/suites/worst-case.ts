import { generateKey } from "@mailseal/crypto";
import { formatKeyRecord, keySource, staticResolver, zoneFromJson } from "@mailseal/dns-record";
import { createSigner, SigningError } from "@mailseal/signer";
import { worstCaseKeyName, worstCases } from "@mailseal/testkit";
import { verify } from "@mailseal/verifier";
import { type Measurement, median, type Suite, timeOf } from "../measuring/measurement.ts";

const signer = createSigner({
  domain: "example.com",
  selector: "bench",
  key: generateKey({ type: "ed25519" }),
});
const published = formatKeyRecord(generateKey({ type: "rsa", bits: 1024 }).publicKey);
const keys = keySource(staticResolver(zoneFromJson({ [worstCaseKeyName]: [published] })));

/**
 * Measures crafted messages of one size and of twice that size. A ratio of 1 means linear time, 0.5 quadratic. The
 * target leaves room for the noise of a shared machine and for data that outgrows a processor cache.
 */
export const worstCaseSuite: Suite = {
  name: "worst-case",
  description:
    "time to sign (or refuse) and verify 4 MB of crafted input, compared with twice the time for 2 MB: 1 is linear, 0.5 is quadratic",
  async run({ quick }) {
    const size = quick ? 1 << 17 : 1 << 21;
    const rounds = quick ? 5 : 7;
    const measurements: Measurement[] = [];
    for (const { name, build } of worstCases) {
      const single = build(size);
      const double = build(2 * size);
      const singles: number[] = [];
      const doubles: number[] = [];
      for (let round = 0; round < rounds; round++) {
        singles.push(await timeOf(() => signAndVerify(single)));
        doubles.push(await timeOf(() => signAndVerify(double)));
      }
      const ours = median(doubles);
      const theirs = 2 * median(singles);
      measurements.push({
        name,
        against: "twice the time of half the size",
        ours,
        theirs,
        unit: "ms",
        ratio: theirs / ours,
        floor: 0.67,
      });
    }
    return measurements;
  },
};

async function signAndVerify(message: Uint8Array): Promise<void> {
  await verify(signedIfPossible(message), { keys, now: 0 });
}

function signedIfPossible(message: Uint8Array): Uint8Array {
  try {
    return signer.sign(message).toBytes();
  } catch (error) {
    if (error instanceof SigningError) {
      return message;
    }
    throw error;
  }
}
