import type { VerifyOptions } from "./options.ts";

/** What each thread of a pool begins with: the options that are plain data. */
export type PoolSetup = Omit<VerifyOptions, "keys">;
