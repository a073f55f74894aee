/**
 * The contract of the queue as tests, for any backend: `queueContract(backend)` inside a Vitest file.
 * The crash tests are `runCrashRounds`.
 */
export type { Backend, BackendSettings, TestedQueue } from "./backend.ts";
export { embedded, nats } from "./backends.ts";
export { queueContract } from "./contract-suite.ts";
