/** The entry of a thread of a signer pool. */
import { loadPrivateKey } from "@mailseal/crypto";
import { serveThread, transferOf } from "@mailseal/thread-pool";
import { type CarriedMessage, carryMessage } from "./carried-message.ts";
import type { PoolSetup } from "./pool-setup.ts";
import { createSigner } from "./signer.ts";

serveThread<PoolSetup, Uint8Array, CarriedMessage>(({ signatures, options }) => {
  const signer = createSigner(
    signatures.map(([signature, key]) => ({ ...signature, key: loadPrivateKey(key) })),
    options,
  );
  return (bytes) => {
    const signed = signer.sign(bytes);
    return { value: carryMessage(signed), transfer: transferOf(signed.message) };
  };
});
