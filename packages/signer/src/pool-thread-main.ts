/** The entry of a thread of a signer pool. */
import { loadPrivateKey } from "@mailseal/crypto";
import { serveThread, type TaskResult, transferOf } from "@mailseal/thread-pool";
import { type CarriedMessage, carryMessage } from "./carried-message.ts";
import type { CarriedSignatures, PoolSetup, PoolTask } from "./pool-setup.ts";
import { createSigner, type Signer } from "./signer.ts";

serveThread<PoolSetup, PoolTask, CarriedMessage>((options, ask, onNotice) => {
  const signers = new Map<number, Signer>();
  /** Signers that the pool was asked for: messages that need one of them wait for it together. */
  const asked = new Map<number, Promise<Signer>>();
  onNotice((id) => signers.delete(id as number));

  const askFor = async (id: number): Promise<Signer> => {
    const signatures = (await ask(id)) as CarriedSignatures;
    const signer = createSigner(
      signatures.map(([signature, key]) => Object.assign({ key: loadPrivateKey(key) }, signature)),
      options,
    );
    signers.set(id, signer);
    return signer;
  };
  const load = (id: number): Promise<Signer> => {
    const loading = asked.get(id) ?? askFor(id).finally(() => asked.delete(id));
    asked.set(id, loading);
    return loading;
  };
  return ([id, bytes]) => {
    const signer = signers.get(id);
    return signer === undefined
      ? load(id).then((loaded) => sign(id, loaded, bytes))
      : sign(id, signer, bytes);
  };
});

function sign(id: number, signer: Signer, bytes: Uint8Array): TaskResult<CarriedMessage> {
  const signed = signer.sign(bytes);
  return { value: carryMessage(id, signed), transfer: transferOf(signed.message) };
}
