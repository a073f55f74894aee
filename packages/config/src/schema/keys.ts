import { z } from "zod";
import { duration } from "./values.ts";

/** Where private keys are kept, and where public keys are looked up. */

export const keyStore = z
  .strictObject({
    database: z.string().optional().describe("SQLite file of domains, selectors and keys"),
    cacheSize: z.int().min(1).default(2048).describe("keys held in memory"),
    positiveTtl: duration.prefault("5m").describe("how long a key is used before it is read again"),
    negativeTtl: duration
      .prefault("5s")
      .describe(
        "how long at most a key that is absent or unusable is not read again; once a second its file is looked at, and one that has changed is read at once",
      ),
    preload: z
      .boolean()
      .default(false)
      .describe("load the keys of all configured domains at start"),
    checkPermissions: z
      .enum(["refuse", "warn", "off"])
      .default("warn")
      .describe("what to do with a key file, also a listener's TLS key, that everybody may read"),
    allowWritable: z
      .boolean()
      .default(false)
      .describe(
        "use a key file that its group or others may write, or whose directory everybody may write; otherwise it is refused, since somebody could have replaced the key",
      ),
  })
  .prefault({})
  .describe("private keys and their cache");

export const dns = z
  .strictObject({
    servers: z.array(z.string()).optional().describe("resolvers to ask; left out: the system's"),
    https: z.url().optional().describe("a DNS-over-HTTPS resolver"),
    zone: z.string().optional().describe("a zone file or zone JSON instead of DNS, for tests"),
    timeout: duration.prefault("5s").describe("for one answer"),
  })
  .prefault({})
  .describe("where public keys are looked up");
