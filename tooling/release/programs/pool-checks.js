/** Signs and verifies in worker threads, for runtimes that have `node:worker_threads`. */
import { createSignerPool } from "@mailseal/signer/pool";
import { createVerifierPool } from "@mailseal/verifier/pool";
import { fixture, message } from "./checks.js";

export const poolChecks = {
  "pools: sign, verify, and close": async () => {
    const { options, signatures } = fixture();
    const signers = createSignerPool(signatures, { threads: 2 });
    const verifiers = createVerifierPool({ ...options, threads: 2 });
    const reports = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const signed = await signers.sign(new Uint8Array(message));
        return verifiers.verify(new Uint8Array(signed.toBytes()));
      }),
    );
    await Promise.all([signers.close(), verifiers.close()]);
    const codes = reports.flatMap((report) => report.signatures.map(({ code }) => code));
    return `${codes.length}: ${[...new Set(codes)].join(", ")}`;
  },
  "pools: a message that was given away": async () => {
    const signers = createSignerPool(fixture().signatures, { threads: 1 });
    const given = new Uint8Array(message);
    await signers.sign(given);
    const refusal = await signers.sign(given).catch((error) => error);
    await signers.close();
    return `${given.length} octets, ${refusal.code}`;
  },
};
