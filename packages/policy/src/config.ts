export { type Config, type ConfigInput, configSchema } from "./config/schema.ts";
