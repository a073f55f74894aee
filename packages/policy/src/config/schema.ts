import { z } from "zod";
import { binding, bindingGroup, domains } from "./routes.ts";
import { admin, dns, keyStore, limits, listener, log, statistics } from "./service.ts";
import { signingOptions } from "./signing-options.ts";
import { domainName, duration } from "./values.ts";
import { verificationOptions } from "./verification-options.ts";

const hooks = z.strictObject({
  module: z
    .string()
    .meta({ description: "a .ts, .mts, .js or .mjs file that exports beforeSign and afterVerify" }),
  timeout: duration.default(1000),
  onError: z
    .enum(["ignore", "defer"])
    .default("defer")
    .meta({ description: "a hook that fails or is late: go on without it, or answer 451" }),
});

const reflector = z.strictObject({
  address: z.email().meta({ description: "mail to it is answered with the full verdict" }),
  from: z.email().optional(),
  perSenderPerHour: z.int().min(1).default(20),
});

/** The whole config file. What an option means and defaults to stands beside it. */
export const configSchema = z.strictObject({
  $schema: z.string().optional(),
  hostname: domainName
    .optional()
    .meta({ description: "our name in banners; default: the system's" }),
  authservId: z
    .string()
    .optional()
    .meta({ description: "who verifies, in Authentication-Results; default: hostname" }),
  signing: signingOptions.prefault({}).meta({ description: "the global scope" }),
  verification: verificationOptions.prefault({}),
  domains: domains.prefault({}),
  bindingGroups: z.record(z.string(), bindingGroup).prefault({}),
  bindings: z.record(z.string(), binding).prefault({}),
  defaultBinding: z.string().optional(),
  listeners: z.array(listener).prefault([]),
  workers: z
    .union([z.literal("auto"), z.int().min(1).max(256)])
    .default(1)
    .meta({ description: "processes; auto: one a core" }),
  limits,
  keys: keyStore,
  dns,
  hooks: hooks.optional(),
  reflector: reflector.optional(),
  statistics,
  admin,
  log,
  spoolDirectory: z.string().optional().meta({
    description: "for large messages in flight; default: the system's temporary directory",
  }),
});

/** A checked config with every default filled in. Durations are milliseconds, sizes octets. */
export type Config = z.output<typeof configSchema>;
/** As it may be written. */
export type ConfigInput = z.input<typeof configSchema>;
