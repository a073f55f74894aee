/**
 * The program `mailseal-relay`: see `bin/mailseal-relay.js`. For a program that wants a relay inside:
 *
 * ```ts
 * import { createLog, policyOf, Relay } from "@mailseal/relay";
 *
 * const relay = await Relay.start(await policyOf(config, () => {}), { log: createLog(config.log, process.stdout) });
 * console.log(relay.addresses);
 * await relay.stop();
 * ```
 *
 * A relay takes mail by SMTP, has the pipeline of `@mailseal/policy` sign or verify it, and hands it to
 * the next hop of its binding before it answers. It keeps no queue and looks up no MX.
 */
export { createLog, type Logger, type LogOptions } from "@mailseal/service";
export { main } from "./main.ts";
export { type Policy, policyOf } from "@mailseal/service";
export { Relay, type RelayLoad, type RelayOptions } from "./relay.ts";
