import { mkdtempSync, rmSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openQueue } from "@mailseal/queue";
import { type Measurement, type Suite, withinLimit } from "../measuring/measurement.ts";

/** The WAL and the checkpoint each write the body once; a tenth more is overhead. */
const perBody = 2.2;
const perRouteBytes = 1024;
const mebibyte = 1024 * 1024;

/**
 * Measures how many bytes the embedded queue writes for a message to many domains: `wchar` of `/proc/self/io`, from
 * `add` to the end of the checkpoint that empties the WAL.
 */
export const fanOutSuite: Suite = {
  name: "fan-out",
  description: `a message to many domains in the embedded queue: bytes written to WAL and checkpoint, compared with ${perBody} x the body + 1 KB per domain`,
  async run({ quick }) {
    const share = quick ? 10 : 1;
    return [
      ...(await fanOut(mebibyte, 1000 / share)),
      ...(await fanOut(5 * mebibyte, 100 / share)),
      ...(await fanOut(86_000, 1000 / share)),
    ];
  },
};

async function fanOut(bodyBytes: number, routes: number): Promise<readonly Measurement[]> {
  const directory = mkdtempSync(join(tmpdir(), "mailseal-fan-out-"));
  const file = join(directory, "queue.db");
  try {
    const queue = await openQueue({ file, minFreeBytes: 0 });
    const destinations = Array.from({ length: routes }, (_, index) => ({
      route: `mx d${index}.example`,
      recipients: [{ address: `ann@d${index}.example` }],
    }));
    const context = new Map([["queueId", "0123456789ab"]]);
    const envelope = { from: "joe@example.com" };
    const before = await writtenBytes();
    await queue.add({ envelope, destinations, context }, Buffer.alloc(bodyBytes, "x"));
    await queue.close();
    const written = (await writtenBytes()) - before;
    const size = `${(bodyBytes / 1e6).toFixed(1)} MB to ${routes.toLocaleString("en")} domains`;
    return [
      inBytes(`${size}: written`, written, perBody * bodyBytes + perRouteBytes * routes),
      inBytes(`${size}: file`, statSync(file).size, 1.1 * bodyBytes + perRouteBytes * routes),
      withinLimit(`${size}: bodies stored`, bodyBytesIn(file) / bodyBytes, 1, "x the body"),
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function inBytes(name: string, bytes: number, limit: number): Measurement {
  return withinLimit(name, Math.round(bytes / 1000), Math.round(limit / 1000), "KB");
}

async function writtenBytes(): Promise<number> {
  const text = await readFile("/proc/self/io", "utf8");
  return Number(/^wchar: (\d+)$/m.exec(text)?.[1]);
}

function bodyBytesIn(file: string): number {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const stored = database
      .prepare(
        `SELECT (SELECT coalesce(sum(length(body)), 0) FROM message)
           + (SELECT coalesce(sum(length(bytes)), 0) FROM piece) AS bytes`,
      )
      .get();
    return Number(stored?.["bytes"]);
  } finally {
    database.close();
  }
}
