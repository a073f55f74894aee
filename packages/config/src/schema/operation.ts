import { z } from "zod";
import { duration, listenAddress } from "./values.ts";

/** How the programs run and are observed: relay processes, statistics, the admin endpoint, the log. */

/** How many processes relay mail. */
export const processes = z.union([z.literal("auto"), z.int().min(1).max(256)]);

export const statistics = z
  .strictObject({
    level: z
      .enum(["all", "global", "off"])
      .default("all")
      .describe("every scope, totals only, or nothing"),
    file: z
      .string()
      .optional()
      .describe("where totals are kept over restarts; the worker's: FILE.worker"),
    interval: duration
      .prefault("10s")
      .describe("how often they are written; a crash loses no more"),
    topDomains: z
      .int()
      .min(1)
      .default(1000)
      .describe("domains counted apart; the rest are counted together"),
  })
  .prefault({})
  .describe("counting");

export const admin = z
  .strictObject({
    listen: listenAddress
      .default("unix:/run/mailseal/admin.sock")
      .describe("health, config, reload, statistics"),
    tokenFile: z
      .string()
      .optional()
      .describe("needed where it does not listen on loopback or a unix socket"),
    web: listenAddress.optional().describe("where the page and /metrics are served"),
  })
  .prefault({})
  .describe("the operator's own door");

export const log = z
  .strictObject({
    level: z
      .enum(["debug", "info", "warn", "error", "silent"])
      .default("info")
      .describe("what is told"),
    format: z.enum(["json", "text"]).default("json").describe("one object a line, or for people"),
  })
  .prefault({})
  .describe("the log on standard output");
