import { expect, onTestFinished, test } from "vitest";
import { Expansion, idAt, type MailRecord } from "../../../src/nats/enqueue/expansion.ts";
import { PendingWrites } from "../../../src/nats/settle/pending-writes.ts";
import { Tombstones } from "../../../src/nats/settle/tombstones.ts";
import { BodyReferences } from "../../../src/nats/storage/body-references.ts";
import { Reserve } from "../../../src/nats/storage/reserve.ts";
import { StoredMessages } from "../../../src/nats/storage/stored-messages.ts";
import { destinationTo } from "../../embedded/fixture.ts";
import { memoryServers } from "../memory-servers.ts";

const record: MailRecord = {
  label: { envelope: { from: "" }, context: [], firstSeenMs: 1, retries: 0, sizeBytes: 4 },
  destinations: ["a", "b", "c"].map(destinationTo),
  key: "k",
  pieces: [1],
};

function newExpansion() {
  const servers = memoryServers();
  const reserve = new Reserve(servers);
  const references = new BodyReferences(servers, reserve);
  const pendingWrites = new PendingWrites();
  onTestFinished(() => pendingWrites.close());
  const expansion = new Expansion(servers, {
    stored: new StoredMessages(servers, reserve),
    references,
    tombstones: new Tombstones(servers, reserve),
    pendingWrites,
  });
  const subjects = (): readonly string[] =>
    [...servers.streamOf("q").messages.values()].map(({ subject }) =>
      subject.replace(/^q\.live\.0\./, ""),
    );
  const publishRecord = () =>
    servers.client.publish(servers.layout.record("k"), JSON.stringify(record));
  return { servers, expansion, references, pendingWrites, subjects, publishRecord };
}

const expanded = ["YQ.1-0", "Yg.1-1", "Yw.1-2"];

test("a commit gives each destination its own message, and removes the record", async () => {
  const { expansion, references, subjects } = newExpansion();
  expect(await expansion.commit(record, undefined)).toEqual({ id: "1", duplicate: false });
  expect(subjects()).toEqual(expanded);
  expect(await references.isOpen("k")).toBe(true);
});

test("a duplicate is not expanded", async () => {
  const { expansion, subjects } = newExpansion();
  await expansion.commit(record, "once");
  expect(await expansion.commit(record, "once")).toEqual({ id: "1", duplicate: true });
  expect(subjects()).toEqual(expanded);
});

test("the record of a killed process is expanded by the second check", async () => {
  const { expansion, subjects, publishRecord } = newExpansion();
  await publishRecord();
  await expansion.look();
  expect(subjects()).toEqual(["q.live.record.k"]);
  await expansion.look();
  expect(subjects()).toEqual(expanded);
});

test("a record that reappears after a server was killed is not expanded again", async () => {
  const { expansion, subjects, publishRecord } = newExpansion();
  await expansion.commit(record, undefined);
  await publishRecord();
  await expansion.finish();
  expect(subjects()).toEqual(expanded);
});

test("an expansion that stopped in the middle continues without the messages that were settled", async () => {
  const { expansion, references, subjects, publishRecord } = newExpansion();
  await publishRecord();
  await references.begin("k", 3);
  await references.end({ key: "k", index: 1 });
  await expansion.finish();
  expect(subjects()).toEqual([expanded[0], expanded[2]]);
});

test("a committed message is accepted even if its expansion fails, and is expanded later", async () => {
  const { servers, expansion, pendingWrites, subjects } = newExpansion();
  const { publish } = servers.client;
  let published = 0;
  servers.client.publish = async (...given) => {
    published += 1;
    if (published === 3) throw new Error("timeout");
    return publish(...given);
  };
  expect(await expansion.commit(record, undefined)).toMatchObject({ duplicate: false });
  expect(subjects()).toContain("q.live.record.k");
  await pendingWrites.attempt();
  expect(subjects().toSorted()).toEqual(expanded.toSorted());
});

test("one destination keeps the id, and several get their index", () => {
  expect([idAt("x", 0, 1), idAt("x", 35, 40), idAt("x", 36, 40)]).toEqual(["x", "x-z", "x-10"]);
});
