/** The entry of a thread of a verifier pool. */
import { DnsRecordError, keySource, type TxtAnswer } from "@mailseal/dns-record";
import { serveThread } from "@mailseal/thread-pool";
import type { PoolSetup } from "./pool-setup.ts";
import type { VerificationReport } from "./verdict.ts";
import { verify } from "./verify.ts";

serveThread<PoolSetup, Uint8Array, VerificationReport>((options, ask) => {
  const keys = keySource({
    resolveTxt: (name) =>
      ask(name).then(
        (answer) => answer as TxtAnswer,
        // A resolver that fails has an answer; only one that is misused has none.
        (error: Error) => {
          throw new DnsRecordError("invalid-option", error.message);
        },
      ),
  });
  return async (message) => ({ value: await verify(message, { ...options, keys }) });
});
