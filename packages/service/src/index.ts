/**
 * Code shared by `mailseal-relay`, `mailseal-worker` and `mailseal`: the config file, the log, listening, the admin
 * server, reloads, signals, exit codes and telemetry. It knows nothing of SMTP and decides nothing about a message.
 *
 * The package is private: it is bundled into the three programs when they are built.
 */
export { isBearer, isSame, readToken } from "./admin/bearer-token.ts";
export { type AnsweringEndpoint, type Endpoint, programEndpoints } from "./admin/endpoint.ts";
export { checkHealth } from "./admin/health.ts";
export { HttpServer, type HttpServerConfig, sendJson } from "./admin/http-server.ts";
export { isLoopbackName, openGuard, refusedRequest } from "./admin/request-guard.ts";
export {
  type RotationSummary,
  workerReadingEndpoints,
  workerReadingPaths,
  type WorkerReadings,
} from "./admin/worker-readings.ts";
export * from "./config/index.ts";
export { checkConfig } from "./config/check-config.ts";
export { ServiceError, type ServiceErrorCode } from "./errors.ts";
export { type Counting, type Policy, policyOf } from "./config/open-policy.ts";
export { withLog } from "./log/log-destination.ts";
export { createLog, type Logger, type LogOptions } from "./log/log.ts";
export { logUncaughtErrors } from "./log/uncaught-errors.ts";
export { logPolicyEvent } from "./log/policy-log.ts";
export { CountedBytes } from "./memory/counted-bytes.ts";
export { MemoryBudget, type Room } from "./memory/memory-budget.ts";
export {
  boundAddress,
  formatAddress,
  listenOn,
  removeStaleSockets,
  type SocketFile,
} from "./net/listen-address.ts";
export {
  type BodyLimits,
  readBody,
  type RequestBody,
  retryAfterSeconds,
} from "./net/request-body.ts";
export {
  ConfigReloader,
  type Control,
  type LoadedConfig,
  type Reloaded,
  type ReloaderOptions,
} from "./reload/config-reloader.ts";
export { ReferenceCount } from "./reload/reference-count.ts";
export { keepEarlyReload, type SignalledProgram, untilStopped } from "./process/signals.ts";
export type { FailedMessage } from "./telemetry/failed-message.ts";
export {
  countLocally,
  ProcessStatistics,
  type StatisticsLink,
} from "./telemetry/process-statistics.ts";
export type { Answered } from "./telemetry/signed-messages.ts";
export {
  metricsEndpoint,
  seriesOf,
  statisticsEndpoints,
  statisticsRegistry,
} from "./telemetry/statistics-endpoints.ts";
export { Totals } from "./telemetry/totals.ts";
export { answeredWith, type LoginOutcome, type Traffic, noTraffic } from "./telemetry/traffic.ts";
