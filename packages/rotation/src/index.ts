/**
 * Changes the DKIM keys of a domain, step by step, over weeks and across crashes.
 *
 * ```ts
 * import { wireResolver } from "@mailseal/dns-record";
 * import { activeFile, createRotation, Journal, keyDirectory, zonePublisher } from "@mailseal/rotation";
 *
 * const rotation = createRotation({
 *   journal: new Journal("/var/lib/mailseal/rotation.db"),
 *   keyFiles: keyDirectory("/etc/mailseal/keys"),
 *   publisher: zonePublisher(), // or updatePublisher, powerdnsPublisher, commandPublisher
 *   resolvers: [{ name: "ours", resolver: wireResolver({ servers: ["192.0.2.53"] }) }],
 *   activation: activeFile("/etc/mailseal/keys"), // or domainTable, commandActivation
 * });
 * await rotation.start("example.com", { plan: { keys: [{ type: "rsa" }, { type: "ed25519" }] } });
 * await rotation.advance(); // now, and again whenever a rotation is due
 * ```
 *
 * A key signs only after every resolver returns its record, and a key that signs is never removed. This package does not
 * sign mail and has no timer: your program calls `advance`.
 */
export { activeFile } from "./activations/active-file.ts";
export { commandActivation } from "./activations/command-activation.ts";
export { type DomainTable, domainTable } from "./activations/domain-table.ts";
export type { Patience } from "./steps/advance-rotation.ts";
export { type FileOwner, writeDurably, type WriteOptions } from "./files/durable-file.ts";
export { createRotation } from "./create-rotation.ts";
export type {
  Advance,
  AdvanceOptions,
  Preview,
  Rotation,
  RotationOptions,
  StartOptions,
} from "./rotation.ts";
export type {
  Activation,
  ActiveKey,
  Clock,
  Environment,
  KeyFiles,
  NamedResolver,
  Publisher,
  RecordChange,
  Signer,
} from "./environment.ts";
export { RotationError, type RotationErrorCode } from "./errors.ts";
export { type HistoryEntry, Journal, type Lease } from "./journal.ts";
export { keyDirectory } from "./files/key-directory.ts";
export { defaultPlan, type KeyPlan, type RotationPlan } from "./plan.ts";
export { commandPublisher } from "./publishers/command-publisher.ts";
export {
  powerdnsPublisher,
  type PowerdnsPublisherOptions,
} from "./publishers/powerdns-publisher.ts";
export { updatePublisher, type UpdatePublisherOptions } from "./publishers/update-publisher.ts";
export { zonePublisher, type ZonePublisherOptions } from "./publishers/zone-publisher.ts";
export type { RotatedKey, RotationState } from "./steps/rotation-state.ts";
export type { HookOptions } from "./run-hook.ts";
export { environmentOf, publisherOf, type RotationSetup, type SetupTools } from "./setup.ts";
export { isEnd, type Stage } from "./steps/stage.ts";
