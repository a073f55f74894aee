import { staticResolver } from "@mailseal/dns-record";
import { createSigner } from "@mailseal/signer";
import { createSignerPool } from "@mailseal/signer/pool";
import { verify } from "@mailseal/verifier";
import { createVerifierPool } from "@mailseal/verifier/pool";
import {
  type Comparison,
  compare,
  type Contender,
  inProcess,
  inProcessAsync,
  rhythm,
} from "./comparison.ts";
import { keys, messages, rsaSignature, zone } from "./fixtures.ts";
import type { Measurement, Suite } from "./measurement.ts";

const threads = 2;

export const poolSuite: Suite = {
  name: "pool",
  description: `${threads} worker threads against one thread, RSA-2048, 2 KB and 100 KB`,
  async run({ quick }) {
    const signerPool = createSignerPool(rsaSignature, { threads });
    const verifierPool = createVerifierPool({ keys: staticResolver(zone), threads });
    const signer = createSigner(rsaSignature);
    const two = messages["2 KB"].bytes;
    const hundred = messages["100 KB"].bytes;
    const signed = signer.sign(hundred).toBytes();
    const comparisons: Comparison[] = [
      {
        name: "sign, 2 KB",
        ours: pooled(
          two,
          (message) => signerPool.sign(message),
          () => signerPool.ready(),
        ),
        theirs: inProcess("one thread", () => signer.sign(new Uint8Array(two)).fields),
        floor: 1.8,
      },
      {
        name: "sign, 100 KB",
        ours: pooled(
          hundred,
          (message) => signerPool.sign(message),
          () => signerPool.ready(),
        ),
        theirs: inProcess("one thread", () => signer.sign(new Uint8Array(hundred)).fields),
        floor: 0,
      },
      {
        name: "verify, 100 KB",
        ours: pooled(
          signed,
          (message) => verifierPool.verify(message),
          () => verifierPool.ready(),
        ),
        theirs: inProcessAsync("one thread", () => verify(new Uint8Array(signed), { keys })),
        floor: 0,
      },
    ];
    const measurements: Measurement[] = [];
    for (const comparison of comparisons) {
      const { rounds, roundMs } = rhythm(quick);
      measurements.push(
        await compare(comparison, {
          // More than elsewhere: three busy threads on two processors show every disturbance.
          rounds: quick ? rounds : 15,
          // Long ones: the last messages of each leave a thread without work.
          roundMs: 8 * roundMs,
          // Each thread compiles for itself, and takes a share of both processors for it.
          warmUps: 3,
        }),
      );
    }
    await signerPool.close();
    await verifierPool.close();
    return measurements;
  },
};

/**
 * Messages as fast as the pool takes them; each is a copy, since a pool is given its messages. Results
 * are dropped when they come, as one thread drops its own.
 */
function pooled(
  message: Uint8Array,
  work: (message: Uint8Array) => Promise<unknown>,
  ready: () => Promise<void>,
): Contender {
  return {
    name: "Mailseal",
    async run(count) {
      const start = performance.now();
      let allEnded!: () => void;
      const end = new Promise<void>((resolve) => (allEnded = resolve));
      let left = count;
      const endOne = (): void => {
        left -= 1;
        if (left === 0) {
          allEnded();
        }
      };
      for (let given = 0; given < count; given++) {
        await ready();
        // Where one fails the program ends with its error.
        void work(new Uint8Array(message)).then(endOne);
      }
      await end;
      return performance.now() - start;
    },
  };
}
