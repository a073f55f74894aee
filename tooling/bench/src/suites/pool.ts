import { staticResolver } from "@mailseal/dns-record";
import { createSigner } from "@mailseal/signer";
import { createSignerPool } from "@mailseal/signer/pool";
import { verify } from "@mailseal/verifier";
import { createVerifierPool } from "@mailseal/verifier/pool";
import { keys, messages, rsaSignature, zone } from "../fixtures.ts";
import {
  type Comparison,
  compareAll,
  type Contender,
  inProcess,
  inProcessAsync,
  rhythm,
} from "../measuring/comparison.ts";
import type { Suite } from "../measuring/measurement.ts";

const threads = 2;

export const poolSuite: Suite = {
  name: "pool",
  description: `${threads} worker threads compared with one thread, RSA-2048, 2 KB and 100 KB`,
  async run({ quick }) {
    const signerPool = createSignerPool(rsaSignature, { threads });
    const verifierPool = createVerifierPool({ keys: staticResolver(zone), threads });
    const signer = createSigner(rsaSignature);
    const two = messages["2 KB"].bytes;
    const hundred = messages["100 KB"].bytes;
    const signed = signer.sign(hundred).toBytes();
    const signing: Pooled = {
      work: (message) => signerPool.sign(message),
      ready: () => signerPool.ready(),
    };
    const verifying: Pooled = {
      work: (message) => verifierPool.verify(message),
      ready: () => verifierPool.ready(),
    };
    const comparisons: Comparison[] = [
      {
        name: "sign, 2 KB",
        ours: pooled(two, signing),
        theirs: inProcess("one thread", () => signer.sign(new Uint8Array(two)).fields),
        floor: 1.8,
      },
      {
        name: "sign, 100 KB",
        ours: pooled(hundred, signing),
        theirs: inProcess("one thread", () => signer.sign(new Uint8Array(hundred)).fields),
        floor: 0,
      },
      {
        name: "verify, 100 KB",
        ours: pooled(signed, verifying),
        theirs: inProcessAsync("one thread", () => verify(new Uint8Array(signed), { keys })),
        floor: 0,
      },
    ];
    const { rounds, roundMs } = rhythm(quick);
    const measurements = await compareAll(comparisons, {
      // More rounds than elsewhere: with three busy threads on two processors, any other load shows.
      rounds: quick ? rounds : 15,
      // Long rounds, because at the end of each a thread has no work left.
      roundMs: 8 * roundMs,
      // Each thread compiles the code for itself, which takes time from the others.
      warmUps: 3,
    });
    await signerPool.close();
    await verifierPool.close();
    return measurements;
  },
};

interface Pooled {
  readonly work: (message: Uint8Array) => Promise<unknown>;
  readonly ready: () => Promise<void>;
}

/**
 * Gives messages to the pool as fast as it takes them. Each message is a copy, because the pool takes ownership of it.
 * Results are dropped, as in the run with one thread.
 */
function pooled(message: Uint8Array, { work, ready }: Pooled): Contender {
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
        // If one fails, the program ends with its error.
        void work(new Uint8Array(message)).then(endOne);
      }
      await end;
      return performance.now() - start;
    },
  };
}
