import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openQueue } from "@mailseal/queue";
import { openNatsQueue } from "@mailseal/queue/nats";
import type { Backend } from "./backend.ts";

export const embedded: Backend = {
  name: "embedded",
  knowsLeases: true,
  storesBodiesOnce: true,
  extendsByAnyTime: true,
  async create(settings) {
    const directory = mkdtempSync(join(tmpdir(), "mailseal-queue-"));
    const file = join(directory, "queue.db");
    return {
      open: () => openQueue({ file, pollMs: 20, maintenanceMs: 100, minFreeBytes: 0, ...settings }),
      remove: async () => rmSync(directory, { recursive: true, force: true }),
    };
  },
};

let queues = 0;

export function nats(servers: () => readonly string[], replicas = 1): Backend {
  return {
    name: "NATS JetStream",
    knowsLeases: false,
    storesBodiesOnce: true,
    extendsByAnyTime: false,
    async create(settings) {
      const name = `q${queues++}`;
      return {
        open: () =>
          openNatsQueue({
            connection: { servers: [...servers()] },
            name,
            replicas,
            // The tested server has no `sync_interval`.
            durability: "os-buffered",
            shards: 3,
            excludedMs: 100,
            ...settings,
          }),
        // The queue is removed with the store of its server.
        remove: async () => undefined,
      };
    },
  };
}
