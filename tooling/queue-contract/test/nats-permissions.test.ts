import { readFileSync } from "node:fs";
import { openNatsQueue } from "@mailseal/queue/nats";
import { connect } from "@nats-io/transport-node";
import { expect, onTestFinished, test } from "vitest";
import { destinationTo, messageTo, takeAll } from "../src/contract/fixture.ts";
import { natsServerMissing, startNatsServers } from "../src/nats-server.ts";

const isMissing = natsServerMissing !== undefined && process.env["CI"] === undefined;
const guide = readFileSync(new URL("../../../docs/guides/hardening.md", import.meta.url), "utf8");

/** A server whose user `mailseal` has only these permissions. */
async function startServer(permissions: string): Promise<string[]> {
  const servers = await startNatsServers(
    1,
    `authorization { users: [
       { user: others, password: others },
       { user: mailseal, password: mailseal, permissions: ${permissions} } ] }
     no_auth_user: others`,
  );
  onTestFinished(servers.remove);
  return [...servers.urls];
}

async function expectMailPasses(servers: string[]): Promise<void> {
  const queue = await openNatsQueue({
    connection: { servers, user: "mailseal", pass: "mailseal" },
    durability: "os-buffered",
    shards: 1,
  });
  onTestFinished(() => queue.close());
  const resend = { fingerprint: "client and message", windowMs: 60_000 };
  const one = { ...messageTo("a"), dedupId: "one", resend };
  expect((await queue.add(one, Buffer.from("short"))).ids).toHaveLength(1);
  const destinations = ["b", "c"].map(destinationTo);
  await queue.add({ ...messageTo("b"), destinations }, Buffer.alloc(3_000_000, "long"));
  const leases = await takeAll(queue, 3);
  const sizes = leases.map(({ message }) => message.sizeBytes).toSorted((a, b) => a - b);
  expect(sizes).toEqual([5, 3_000_000, 3_000_000]);
  await Promise.all(leases.map((lease, index) => (index === 0 ? lease.dead("x") : lease.done())));
}

test.skipIf(isMissing)(
  "the permissions in docs/guides/hardening.md suffice, and allow only the queue",
  async () => {
    const permissions = /permissions: (\{[^}]*\})/.exec(guide)?.[1];
    const servers = await startServer(permissions ?? "");
    await expectMailPasses(servers);
    const connection = await connect({ servers, user: "mailseal", pass: "mailseal" });
    onTestFinished(() => connection.close());
    await expect(connection.request("other.subject", "")).rejects.toThrow(/permissions violation/i);
  },
);

test.skipIf(isMissing)(
  "mail of a user who may not subscribe to the queue's own subjects is queued and delivered",
  async () => {
    await expectMailPasses(
      await startServer(
        '{ publish: ["mailseal.>", "$JS.API.>", "$JS.ACK.>"], subscribe: ["_INBOX.>"] }',
      ),
    );
  },
);
