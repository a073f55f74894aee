/**
 * What `mailseal-relay`, `mailseal-worker` and `mailseal` do alike around mail: read the config file, open the
 * queue and the resolver that it names, listen, log. It knows nothing of SMTP, and decides nothing.
 */
export { isBearer, isSame, readToken } from "./bearer-token.ts";
export { readConfigFile } from "./config-file.ts";
export { resolverOf } from "./config-resolver.ts";
export {
  natsConnection,
  type NatsConnectionConfig,
  openConfiguredQueue,
  type QueueConfig,
} from "./configured-queue.ts";
export { tellLastResort } from "./last-resort.ts";
export { answerKeyCheck } from "./key-check.ts";
export {
  boundAddress,
  formatAddress,
  listenOn,
  removeStaleSockets,
  type SocketFile,
} from "./listen-address.ts";
export { type Counting, type Policy, policyOf } from "./open-policy.ts";
export { logPolicyEvent } from "./policy-log.ts";
export { isLoopbackName, refusedRequest, type RequestGuard } from "./request-guard.ts";
export { type SignalledProgram, untilStopped } from "./signals.ts";
export { CountedBytes } from "./counted-bytes.ts";
export { MemoryBudget, type Room } from "./memory-budget.ts";
export { RetiredMemory } from "./retired-memory.ts";
export { type BodyLimits, readBody, type RequestBody, retryAfterSeconds } from "./request-body.ts";
export { createLog, type Logger, type LogOptions } from "./log.ts";
export { endLog, logDestination } from "./log-destination.ts";
export { keepYoungGenerationSmall } from "./young-generation.ts";
