import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { destinationTo, folder, messageTo, open } from "../fixture.ts";

/** The schema of the first version. */
const schema1 = `
  CREATE TABLE setting (name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
  CREATE TABLE message (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    route TEXT NOT NULL,
    size INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    upload INTEGER,
    metadata TEXT NOT NULL,
    body BLOB
  ) STRICT;
  CREATE TABLE schedule (
    seq INTEGER PRIMARY KEY,
    route INTEGER NOT NULL,
    state INTEGER NOT NULL,
    due INTEGER NOT NULL,
    lease INTEGER NOT NULL DEFAULT 0,
    attempt INTEGER NOT NULL DEFAULT 0,
    size INTEGER NOT NULL,
    reason TEXT,
    recipients TEXT
  ) STRICT;
  CREATE INDEX takeable ON schedule (route, due) WHERE state IN (0, 2);
  CREATE INDEX leased ON schedule (due) WHERE state = 1;
  CREATE INDEX held ON schedule (seq) WHERE state = 3;
  CREATE TABLE dead (
    seq INTEGER PRIMARY KEY,
    route INTEGER NOT NULL,
    due INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    size INTEGER NOT NULL,
    reason TEXT,
    recipients TEXT
  ) STRICT;
  CREATE TABLE route (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    next_due INTEGER,
    ready INTEGER NOT NULL DEFAULT 0,
    leased INTEGER NOT NULL DEFAULT 0,
    delayed INTEGER NOT NULL DEFAULT 0,
    held INTEGER NOT NULL DEFAULT 0,
    dead INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX next_route ON route (next_due) WHERE next_due IS NOT NULL;
  CREATE TABLE upload (id INTEGER PRIMARY KEY AUTOINCREMENT, touched INTEGER NOT NULL) STRICT;
  CREATE TABLE piece (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
  CREATE TABLE seen_0 (key BLOB PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE seen_1 (key BLOB PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO setting VALUES ('current_seen', 0), ('seen_since', 0);
`;

const long = Buffer.alloc(300_000, "long");

/** A file of the first version, with a message in every state. */
function writeOldFile(file: string): void {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL");
  database.exec("PRAGMA journal_mode = WAL");
  database.exec(schema1);
  database.exec("INSERT INTO setting VALUES ('tag', 'abcde'); PRAGMA user_version = 1");
  const metadata = (name: string): string =>
    JSON.stringify({
      envelope: { from: "ada@example.com", recipients: [{ address: `${name}@example.net` }] },
      context: [["binding", "out"]],
    });
  const message = database.prepare(
    "INSERT INTO message (route, size, first_seen, upload, metadata, body) VALUES (?, ?, 1, ?, ?, ?)",
  );
  message.run("a", 5, null, metadata("ready"), Buffer.from("ready"));
  message.run("a", long.length, 1, metadata("long"), null);
  message.run("b", 4, null, metadata("held"), Buffer.from("held"));
  message.run("b", 4, null, metadata("dead"), Buffer.from("dead"));
  database.exec("INSERT INTO upload (touched) VALUES (1); DELETE FROM upload");
  const piece = database.prepare("INSERT INTO piece (id, bytes) VALUES (?, ?)");
  piece.run(2 ** 20, long.subarray(0, 256 * 1024));
  piece.run(2 ** 20 + 1, long.subarray(256 * 1024));
  database.exec(`
    INSERT INTO route (name, next_due, ready, delayed, bytes) VALUES ('a', 1, 1, 1, 300005);
    INSERT INTO route (name, held, dead, bytes) VALUES ('b', 1, 1, 4);
    INSERT INTO schedule (seq, route, state, due, size) VALUES (1, 1, 0, 1, 5), (2, 1, 2, 2, 300000), (3, 2, 3, 1, 4);
    INSERT INTO dead (seq, route, due, attempt, size, reason) VALUES (4, 2, 1, 1, 4, '550 no');
  `);

  database.close();
}

test("a file of the first version is upgraded, and its messages are delivered", async () => {
  const file = join(folder(), "queue.db");
  writeOldFile(file);
  const queue = await open(file);
  expect(await queue.stats()).toMatchObject({ depth: 3, bytes: 300_009, held: 1, dead: 1 });
  const { messages } = await queue.list({ state: "dead" });
  expect(messages).toMatchObject([{ id: "abcde-4", route: "b", reason: "550 no" }]);
  expect(await queue.retryNow("abcde-4")).toBe(true);
  expect(await queue.release("abcde-3")).toBe(true);
  const { ids } = await queue.add(
    messageTo("a", { destinations: [destinationTo("a"), destinationTo("c")] }),
    Buffer.from("new"),
  );
  expect(ids).toEqual(["abcde-5", "abcde-6"]);
  const leases = await queue.take(10);
  const delivered = new Map<string, string>();
  for (const lease of leases) {
    const [recipient] = lease.message.envelope.recipients;
    delivered.set(recipient?.address ?? "", Buffer.from(await lease.bytes()).toString());
    await lease.done();
  }
  expect(delivered).toEqual(
    new Map([
      ["ready@example.net", "ready"],
      ["long@example.net", long.toString()],
      ["held@example.net", "held"],
      ["dead@example.net", "dead"],
      ["bob@a", "new"],
      ["bob@c", "new"],
    ]),
  );
  expect(await queue.stats()).toMatchObject({ depth: 0, bytes: 0, dead: 0, routes: [] });
});

test("two processes can upgrade an empty file at the same time", async () => {
  const file = join(folder(), "queue.db");
  const database = new DatabaseSync(file);
  database.exec("PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL");
  database.exec(schema1);
  database.exec("INSERT INTO setting VALUES ('tag', 'abcde'); PRAGMA user_version = 1");
  database.close();
  const [first, second] = await Promise.all([open(file), open(file)]);
  await first.add(messageTo("a"), Buffer.from("x"));
  expect((await second.add(messageTo("a"), Buffer.from("x"))).ids).toEqual(["abcde-2"]);
});
