/** A thread of a signer pool begins here. */
import { loadPrivateKey } from "@mailseal/crypto";
import { serveThread, transferOf } from "@mailseal/thread-pool";
import { carrySignature } from "./carried-signatures.ts";
import type { PoolSetup, SignedInThread } from "./pool-setup.ts";
import { createSigner } from "./signer.ts";

serveThread<PoolSetup, Uint8Array, SignedInThread>(({ signatures, options }) => {
  const signer = createSigner(
    signatures.map(([signature, key]) => ({ ...signature, key: loadPrivateKey(key) })),
    options,
  );
  return (bytes) => {
    const { fields, signatures: made, message } = signer.sign(bytes);
    return {
      value: { fields, signatures: made.map(carrySignature), message },
      transfer: transferOf(message),
    };
  };
});
