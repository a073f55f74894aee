/** The entry of a thread of a verifier pool. */
import { keySource, type TxtAnswer } from "@mailseal/dns-record";
import { serveThread } from "@mailseal/thread-pool";
import type { PoolSetup } from "./pool-setup.ts";
import type { VerificationReport } from "./verdict.ts";
import { verify } from "./verify.ts";

serveThread<PoolSetup, Uint8Array, VerificationReport>((options, ask) => {
  const keys = keySource({ resolveTxt: async (name) => (await ask(name)) as TxtAnswer });
  return async (message) => ({ value: await verify(message, { ...options, keys }) });
});
