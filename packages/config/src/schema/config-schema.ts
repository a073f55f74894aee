import { z } from "zod";
import { binding, bindingGroup, domains } from "./bindings.ts";
import { dns, keyStore } from "./keys.ts";
import { limits } from "./limits.ts";
import { listener } from "./listeners.ts";
import { admin, log, processes, statistics } from "./operation.ts";
import { filePath } from "./option-kinds.ts";
import { queue } from "./queue.ts";
import { signingOptions } from "./signing.ts";
import { domainName, duration, size } from "./values.ts";
import { verificationOptions } from "./verification.ts";
import { rotation, worker } from "./worker.ts";

const hooks = z.strictObject({
  module: filePath.describe(
    "a .ts, .mts, .js or .mjs file that exports beforeSign, afterVerify or sendersOf",
  ),
  timeout: duration.prefault("1s").describe("time limit of one call"),
  onError: z
    .enum(["ignore", "defer"])
    .default("defer")
    .describe("if a hook fails or exceeds its time: continue without it, or answer 451"),
  processes: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe(
      "processes that run hooks, for each relay process and worker; raise it if hooks need much CPU time",
    ),
  memory: size
    .prefault("128MB")
    .describe("memory of one of these processes; one that exceeds it is restarted"),
  maxFailures: z
    .int()
    .min(0)
    .default(10)
    .describe(
      "consecutive failures of beforeSign after which a queued message becomes a dead letter; 0: no limit",
    ),
});

const reflector = z.strictObject({
  address: z.email().describe("address whose mail is answered with the full verdict"),
  from: z.email().optional().describe("author of the answers; default: address"),
  perSenderPerHour: z.int().min(1).default(20).describe("most answers per hour to one sender"),
});

const defaultProcesses = 1;

/** Options of the top level that have a new name. The former name is accepted in this release, with a warning. */
export const renamedOptions: ReadonlyMap<string, string> = new Map([["workers", "processes"]]);

/** As it is written, with former names. */
const writtenConfig = z.strictObject({
  $schema: z.string().optional().describe("URL or path of the JSON Schema, for editors"),
  hostname: domainName
    .optional()
    .describe("host name in greetings and EHLO; default: that of the system"),
  authservId: z
    .string()
    .min(1)
    .optional()
    .describe("name of the verifier in Authentication-Results; default: hostname"),
  signing: signingOptions.prefault({}).describe("signing options of the global scope"),
  verification: verificationOptions
    .prefault({})
    .describe("verification options of the global scope"),
  domains: domains.prefault({}).describe("options by From domain"),
  bindingGroups: z
    .record(z.string(), bindingGroup)
    .prefault({})
    .describe("groups of bindings that share options"),
  bindings: z
    .record(z.string(), binding)
    .prefault({})
    .describe("bindings: outbound routes, each with options and a next hop"),
  defaultBinding: z.string().optional().describe("binding of mail for which nothing else sets one"),
  listeners: z
    .array(listener)
    .prefault([])
    .describe("addresses that accept mail, by SMTP or milter"),
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
  queue: queue.optional().describe("queue of accepted mail, in a file or in NATS"),
  worker,
  rotation: rotation.optional().describe("key rotations for the worker to carry out"),
  keys: keyStore,
  dns,
  hooks: hooks.optional().describe("your own code, called before signing and after verifying"),
  reflector: reflector.optional().describe("an address that answers mail with its verdict"),
  statistics,
  admin,
  log,
  spoolDirectory: filePath
    .optional()
    .describe(
      "directory for large messages while they are processed; default: the system's temporary directory",
    ),
});

/**
 * The whole config file. The meaning and the default of an option stand beside it.
 *
 * ```ts
 * const config = configSchema.parse({ hostname: "mx.example.com" }); // with every default
 * ```
 */
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
