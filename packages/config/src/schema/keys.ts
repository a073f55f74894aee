import { z } from "zod";
import { filePath, serverAddress } from "./option-kinds.ts";
import { duration } from "./values.ts";

/** How private keys are loaded, and how public keys are looked up. */

export const keyStore = z
  .strictObject({
    database: filePath
      .optional()
      .describe(
        "SQLite database of domains, selectors and key files, which can change while the programs run",
      ),
    cacheSize: z
      .int()
      .min(1)
      .default(2048)
      .describe("parsed keys kept in memory; set it above the number of keys in use"),
    positiveTtl: duration.prefault("5m").describe("time after which a cached key is read again"),
    negativeTtl: duration
      .prefault("5s")
      .describe(
        "time after which a missing or unusable key is read again; a change to its file is noticed within a second",
      ),
    preload: z
      .boolean()
      .default(false)
      .describe(
        "load the keys of all configured domains at startup, so that the first message does not wait",
      ),
    checkPermissions: z
      .enum(["refuse", "warn", "off"])
      .default("warn")
      .describe(
        "if everybody may read a key file or the TLS key of a listener: refuse to use it, warn, or ignore that",
      ),
    allowWritable: z
      .boolean()
      .default(false)
      .describe(
        "use key files that their group or others may write, or whose directory everybody may write; by default they are refused, because somebody could have replaced the key",
      ),
  })
  .prefault({})
  .describe("private keys and their cache");

export const dns = z
  .strictObject({
    servers: z
      .array(serverAddress)
      .optional()
      .describe("addresses of DNS resolvers; default: those of the system"),
    https: z.url().optional().describe("URL of a DNS-over-HTTPS resolver, used instead of servers"),
    zone: filePath.optional().describe("zone file or zone JSON to use instead of DNS, for tests"),
    timeout: duration.prefault("5s").describe("time to wait for one DNS answer"),
  })
  .prefault({})
  .describe("how public keys are looked up");
