import { z } from "zod";
import { binding, bindingGroup, domains } from "./bindings.ts";
import { dns, keyStore } from "./keys.ts";
import { limits } from "./limits.ts";
import { listener } from "./listeners.ts";
import { admin, log, processes, statistics } from "./operation.ts";
import { queue } from "./queue.ts";
import { signingOptions } from "./signing.ts";
import { domainName, duration, size } from "./values.ts";
import { verificationOptions } from "./verification.ts";
import { rotation, worker } from "./worker.ts";

const hooks = z.strictObject({
  module: z
    .string()
    .describe("a .ts, .mts, .js or .mjs file that exports beforeSign, afterVerify or sendersOf"),
  timeout: duration.prefault("1s").describe("for one call"),
  onError: z
    .enum(["ignore", "defer"])
    .default("defer")
    .describe("a hook that fails or is late: go on without it, or answer 451"),
  processes: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe("that run hooks, for each relay process and worker; more if hooks compute"),
  memory: size
    .prefault("128MB")
    .describe("what one of these processes may hold; beyond, it is ended and started again"),
  maxFailures: z
    .int()
    .min(0)
    .default(10)
    .describe(
      "times in a row that beforeSign may fail for a queued message until it is a dead letter; 0: any",
    ),
});

const reflector = z.strictObject({
  address: z.email().describe("mail to it is answered with the full verdict"),
  from: z.email().optional().describe("the author of the answer; default: address"),
  perSenderPerHour: z.int().min(1).default(20).describe("answers at most"),
});

const defaultProcesses = 1;

/** Options of the top level that have a new name. The former name is accepted in this release, with a warning. */
export const renamedOptions: ReadonlyMap<string, string> = new Map([["workers", "processes"]]);

/** As it is written, with former names. */
const writtenConfig = z.strictObject({
  $schema: z.string().optional().describe("the JSON Schema, for editors"),
  hostname: domainName.optional().describe("our name in banners; default: the system's"),
  authservId: z
    .string()
    .min(1)
    .optional()
    .describe("who verifies, in Authentication-Results; default: hostname"),
  signing: signingOptions.prefault({}).describe("the global scope"),
  verification: verificationOptions.prefault({}).describe("the global scope"),
  domains: domains.prefault({}).describe("overrides by From domain"),
  bindingGroups: z
    .record(z.string(), bindingGroup)
    .prefault({})
    .describe("bindings that share options"),
  bindings: z.record(z.string(), binding).prefault({}).describe("outbound routes"),
  defaultBinding: z.string().optional().describe("the binding of mail that nothing else decides"),
  listeners: z.array(listener).prefault([]).describe("where mail comes in"),
  processes: processes
    .optional()
    .meta({ default: defaultProcesses })
    .describe(
      "relay processes that share the listeners; auto: one for each CPU core. Raise it when one core is fully used",
    ),
  workers: processes
    .optional()
    .meta({ deprecated: true })
    .describe("the former name of processes: rename it"),
  limits,
  queue: queue.optional().describe("where accepted mail waits: file or nats"),
  worker,
  rotation: rotation.optional().describe("keys that the worker changes, step by step"),
  keys: keyStore,
  dns,
  hooks: hooks.optional().describe("your own code before signing and after verifying"),
  reflector: reflector.optional().describe("answers mail with its verdict"),
  statistics,
  admin,
  log,
  spoolDirectory: z
    .string()
    .optional()
    .describe("for large messages in flight; default: the system's temporary directory"),
});

/** The whole config file. The meaning and the default of an option stand beside it. */
export const configSchema = writtenConfig.transform(
  ({ workers, processes: given, ...config }, context) => {
    if (workers !== undefined && given !== undefined) {
      context.addIssue({
        code: "custom",
        path: ["workers"],
        input: workers,
        message: "expected one of processes and workers, its former name: remove workers",
      });
    }
    return { ...config, processes: given ?? workers ?? defaultProcesses };
  },
);

/** A checked config with every default filled in. Durations are milliseconds, sizes octets. */
export type Config = z.output<typeof configSchema>;
/** As it may be written. */
export type ConfigInput = z.input<typeof configSchema>;
