/**
 * The program `mailseal-relay`: see `bin/mailseal-relay.js`. To run a relay inside another program:
 *
 * ```ts
 * import { createLog, policyOf, Relay } from "@mailseal/relay";
 *
 * const relay = await Relay.start(await policyOf(config, () => {}), { log: createLog(config.log, process.stdout) });
 * console.log(relay.addresses);
 * await relay.stop();
 * ```
 *
 * A relay receives mail by SMTP or as a milter, signs or verifies it with the pipeline of `@mailseal/policy`, and
 * hands it to the next hop of its binding before it replies. Listeners with `mode: queue` put mail in the queue
 * instead, from which `@mailseal/worker` delivers it.
 */
export { createLog, type Logger, type LogOptions } from "@mailseal/service";
export { main } from "./main.ts";
export { type Policy, policyOf } from "@mailseal/service";
export { Relay, type RelayLoad, type RelayOptions } from "./relay.ts";
