/**
 * The config file: read it, check it, and see which scope decides what.
 *
 * ```ts
 * import { formatProblem, loadConfig } from "@mailseal/policy/config";
 *
 * const { config, problems } = await loadConfig("mailseal.yaml");
 * for (const problem of problems) console.log(formatProblem("mailseal.yaml", problem));
 * ```
 *
 * A config is used whole or not at all: `config` is absent where anything is wrong.
 */
export { bindingNames, findBinding, type FoundBinding } from "./config/bindings.ts";
export { foreignNames } from "./config/foreign-names.ts";
export {
  isLoopback,
  isUnixSocket,
  listenTarget,
  type ListenTarget,
} from "./config/listen-address.ts";
export { type LoadedConfig, loadConfig, type LoadOptions } from "./config/load-config.ts";
export { masked, maskedOption, maskedText } from "./config/masked.ts";
export { nearestName } from "./config/nearest-name.ts";
export { coversAllAddresses } from "./config/network-coverage.ts";
export { type ConfigProblem, formatProblem } from "./config/problem.ts";
export { type ReadConfig, readConfig, type ReadOptions } from "./config/read-config.ts";
export type { NextHop } from "./config/routes.ts";
export { type Config, type ConfigInput, configSchema } from "./config/schema.ts";
export { configJsonSchema } from "./config/schema-names.ts";
export {
  type Decided,
  decideSigning,
  decideVerification,
  type Scope,
  type ScopeQuery,
  scopesFor,
  signingSettings,
  verificationSettings,
} from "./config/scopes.ts";
export type { Listener, MilterListener, SenderSettings, SmtpListener } from "./config/service.ts";
export { readTlsFiles, type TlsFiles } from "./config/tls-files.ts";
export type { SignatureSettings, SigningSettings } from "./config/signing-options.ts";
export type { VerificationAction, VerificationSettings } from "./config/verification-options.ts";
