/**
 * The config file: read it, check it, and find which scope decides each option.
 *
 * ```ts
 * import { formatProblem, loadConfig } from "@mailseal/config";
 *
 * const { config, problems } = await loadConfig("mailseal.yaml");
 * for (const problem of problems) console.log(formatProblem("mailseal.yaml", problem));
 * ```
 *
 * A config is used whole or not at all: `config` is absent if anything is wrong.
 */
export { bindingNames, findBinding, type FoundBinding } from "./scopes/find-binding.ts";
export { optionAliases } from "./checks/option-aliases.ts";
export {
  isLoopback,
  isUnixSocket,
  listenTarget,
  type ListenTarget,
} from "./network/listen-address.ts";
export { type LoadedConfig, loadConfig, type LoadOptions } from "./loading/load-config.ts";
export { ConfigError, type ConfigErrorCode } from "./errors.ts";
export { masked, maskedOption, maskedText } from "./loading/masked.ts";
/** @deprecated Import it from `@mailseal/errors`: this re-export goes with the next release. */
export { nearestName } from "@mailseal/errors";
export { coversAllAddresses } from "./network/network-coverage.ts";
export { type ConfigPath, type ConfigProblem, formatProblem } from "./loading/problem.ts";
export { type ReadConfig, readConfig, type ReadOptions } from "./loading/read-config.ts";
export type { NextHop } from "./schema/bindings.ts";
export {
  type ConfigOption,
  configOptions,
  type ConfigSection,
  type OptionValue,
  optionValueText,
} from "./schema/config-options.ts";
export { type Config, type ConfigInput, configSchema } from "./schema/config-schema.ts";
export {
  everyScope,
  everySignature,
  type PlacedScope,
  type PlacedSignature,
} from "./scopes/every-scope.ts";
export { namedSigners, ownDomains, scopedDomains, signedDomains } from "./scopes/own-domains.ts";
export { configJsonSchema, durationOptions } from "./schema/json-schema.ts";
export {
  type Decided,
  decideSigning,
  decideVerification,
  type Scope,
  type ScopeQuery,
  scopesFor,
  signingSettings,
  verificationSettings,
} from "./scopes/scopes.ts";
export type { Listener, MilterListener, SenderSettings, SmtpListener } from "./schema/listeners.ts";
export { readTlsFiles, type TlsFiles } from "./files/tls-files.ts";
export {
  type SignatureSettings,
  signingDefaults,
  signingOptions,
  type SigningSettings,
  type SigningTable,
} from "./schema/signing.ts";
export type { VerificationAction, VerificationSettings } from "./schema/verification.ts";
