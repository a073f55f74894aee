import { createHash, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { createSigner, type SignatureOptions } from "@mailseal/signer";
import { verify as verifyMessage } from "@mailseal/verifier";
import { ed25519Key, ed25519Signature, keys, messages, rsaKey, rsaSignature } from "../fixtures.ts";
import {
  type Comparison,
  compareAll,
  type Contender,
  inProcess,
  inProcessAsync,
} from "../measuring/comparison.ts";
import type { Suite } from "../measuring/measurement.ts";

/** Short rounds, because there are many rows and none has a target. */
const roundMs = 60;
const headerText = Buffer.alloc(700, "x");

interface Signing {
  readonly name: string;
  readonly signatures: readonly SignatureOptions[];
  /** The same signatures made, or verified, by node:crypto alone. */
  readonly sign: () => unknown;
  readonly verify: () => unknown;
}

const rsa = primitives("sha256", rsaKey.toPem(), headerText);
const ed25519 = primitives(null, ed25519Key.toPem(), headerText.subarray(0, 32));
const both = {
  sign: () => [rsa.sign(), ed25519.sign()],
  verify: () => [rsa.verify(), ed25519.verify()],
};

const signings: readonly Signing[] = [
  { name: "RSA-2048", signatures: [rsaSignature], ...rsa },
  { name: "Ed25519", signatures: [ed25519Signature], ...ed25519 },
  { name: "RSA and Ed25519", signatures: [rsaSignature, ed25519Signature], ...both },
];

/** Every combination, compared with the work that cannot be avoided: one hash of the message and the arithmetic. */
export const workloadSuite: Suite = {
  name: "workload",
  description:
    "messages per second by size, key and canonicalization, compared with SHA-256 and node:crypto alone",
  async run({ quick }) {
    return compareAll(comparisons(quick), { rounds: 5, roundMs: quick ? 1 : roundMs });
  },
};

function* comparisons(quick: boolean): Generator<Comparison> {
  for (const { name: size, bytes } of Object.values(messages).slice(0, quick ? 2 : undefined)) {
    for (const canonicalization of ["relaxed/relaxed", "simple/simple"] as const) {
      for (const { name, signatures, ...alone } of signings) {
        const signer = createSigner(
          signatures.map((one) => Object.assign({}, one, { canonicalization })),
        );
        const signed = signer.sign(bytes).toBytes();
        const row = `${size} ${canonicalization} ${name}`;
        yield {
          name: `sign ${row}`,
          ours: inProcess("Mailseal", () => signer.sign(bytes).fields),
          theirs: limit(bytes, alone.sign),
          floor: 0,
        };
        yield {
          name: `verify ${row}`,
          ours: verifying(signed),
          theirs: limit(bytes, alone.verify),
          floor: 0,
        };
      }
    }
    const four = createSigner(
      ["a", "b", "c", "d"].map((user) =>
        Object.assign({}, rsaSignature, { identity: `${user}@example.com` }),
      ),
    );
    yield {
      name: `verify ${size} relaxed/relaxed 4 x RSA-2048`,
      ours: verifying(four.sign(bytes).toBytes()),
      theirs: limit(bytes, () => [rsa.verify(), rsa.verify(), rsa.verify(), rsa.verify()]),
      floor: 0,
    };
  }
}

function verifying(signed: Uint8Array): Contender {
  return inProcessAsync("Mailseal", () => verifyMessage(signed, { keys }));
}

function limit(bytes: Uint8Array, alone: () => unknown): Contender {
  return inProcess("SHA-256 and node:crypto", () => [
    createHash("sha256").update(bytes).digest(),
    alone(),
  ]);
}

function primitives(
  hash: string | null,
  pem: string,
  text: Uint8Array,
): Pick<Signing, "sign" | "verify"> {
  const privateKey = createPrivateKey(pem);
  const publicKey = createPublicKey(privateKey);
  const signature = sign(hash, text, privateKey);
  return {
    sign: () => sign(hash, text, privateKey),
    verify: () => verify(hash, text, publicKey, signature),
  };
}
