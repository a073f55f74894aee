import type { VerifyOptions } from "./options.ts";

/** The data that each thread of a pool starts with: the options that are plain data. */
export type PoolSetup = Omit<VerifyOptions, "keys">;
