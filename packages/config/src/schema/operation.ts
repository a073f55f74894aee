import { z } from "zod";
import { filePath } from "./option-kinds.ts";
import { duration, listenAddress } from "./values.ts";

/** How the programs run and are observed: relay processes, statistics, the admin endpoint, the log. */

/** How many processes relay mail. */
export const processes = z.union([z.literal("auto"), z.int().min(1).max(256)]);

export const statistics = z
  .strictObject({
    level: z
      .enum(["all", "global", "off"])
      .default("all")
      .describe("what is counted: each scope (all), totals only (global), or nothing (off)"),
    file: filePath
      .optional()
      .describe("file that keeps the totals across restarts; the worker uses FILE.worker"),
    interval: duration
      .prefault("10s")
      .describe("time between writes of the file; a crash loses at most that much"),
    topDomains: z
      .int()
      .min(1)
      .default(1000)
      .describe("domains counted individually; the rest are counted together"),
  })
  .prefault({})
  .describe("statistics");

export const admin = z
  .strictObject({
    listen: listenAddress
      .default("unix:/run/mailseal/admin.sock")
      .describe("address of the HTTP endpoint for health, config, reload and statistics"),
    tokenFile: filePath
      .optional()
      .describe(
        "file with the bearer token, of at least 16 characters; required unless listen and web are loopback addresses or unix sockets",
      ),
    web: listenAddress
      .optional()
      .describe("address of the web page and /metrics; default: neither is served"),
  })
  .prefault({})
  .describe("HTTP endpoint for the operator");

export const log = z
  .strictObject({
    level: z
      .enum(["debug", "info", "warn", "error", "silent"])
      .default("info")
      .describe("least severe level to log"),
    format: z
      .enum(["json", "text"])
      .default("json")
      .describe("json: one object per line; text: for people"),
  })
  .prefault({})
  .describe("the log on standard output");
