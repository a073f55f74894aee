/** The config file, and the resolver and queue that it names. It loads neither the log nor the statistics. */
export { type ConfigFile, type ConfigFileOptions, readConfigFile } from "./config-file.ts";
export {
  natsConnection,
  type NatsConnectionConfig,
  openConfiguredQueue,
  queueBackends,
  type QueueConfig,
  queueName,
  type QueueUse,
} from "./configured-queue.ts";
export { resolverOf } from "./resolver.ts";
