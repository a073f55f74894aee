import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodeQueuedMail } from "@mailseal/delivery";
import { openQueue } from "@mailseal/queue";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { RawClient } from "../support/raw-client.ts";
import { afterThisTest } from "../support/relay-under-test.ts";
import { type SigningRelay, startSigning } from "../support/signing-relay.ts";

const table = "joe@example.com joe\nann@example.com ann, joe\n@customer.example ann\n";

interface SendersRelay extends SigningRelay {
  readonly file: string;
}

async function started(
  senders: Record<string, unknown> = {},
  listener: Record<string, unknown> = {},
  config: Parameters<typeof startSigning>[2] = {},
): Promise<SendersRelay> {
  const directory = temporaryDirectory("test");
  const [usersFile, file] = [join(directory, "users"), join(directory, "senders")];
  writeFileSync(usersFile, "joe:word\nann:word\neve:word\n", { mode: 0o600 });
  writeFileSync(file, table);
  const auth = { usersFile, allowWithoutTls: true, senders: { file, ...senders } };
  return { ...(await startSigning({ auth, ...listener }, {}, config)), file };
}

async function loggedIn(port: number, user: string): Promise<RawClient> {
  const client = await RawClient.greeted(port);
  await client.ask(`AUTH PLAIN ${Buffer.from(`\0${user}\0word`).toString("base64")}`);
  return client;
}

/** The reply that the message ends with, at MAIL or after DATA. */
async function reply(client: RawClient, mailFrom: string, header: string): Promise<string> {
  const mail = await client.ask(`MAIL FROM:<${mailFrom}>`);
  if (!mail.startsWith("250")) return mail;
  await client.ask("RCPT TO:<bob@example.net>");
  await client.ask("DATA");
  client.send(`${header}\r\nSubject: x\r\n\r\nhi\r\n.\r\n`);
  return client.reply();
}

async function replyTo(
  { port }: SigningRelay,
  user: string,
  mailFrom: string,
  header: string,
): Promise<string> {
  return reply(await loggedIn(port, user), mailFrom, header);
}

describe("auth.senders", () => {
  test.each([
    ["joe", "joe@example.com", "From: Joe <JOE@Example.com>"],
    ["joe", "", "From: joe@example.com"],
    ["joe", "joe@example.com", "From: joe@example.com, ann@example.com\r\nSender: ann@example.com"],
    ["ann", "x@customer.example", "From: y@customer.example"],
    ["eve", "eve@elsewhere.example", "From: eve@elsewhere.example"],
  ])("%s sends as <%s> with %j", async (user, mailFrom, header) => {
    const relay = await started();
    expect(await replyTo(relay, user, mailFrom, header)).toMatch(/^250 /);
  });

  test.each([
    ["joe", "x@customer.example", "From: joe@example.com", "x@customer.example"],
    ["joe", "joe@example.com", "From: x@customer.example", "x@customer.example"],
    ["joe", "", "From: x@customer.example", "x@customer.example"],
    ["joe", "joe@example.com", "From: joe@example.com, ceo@example.com", "ceo@example.com"],
    ["joe", "joe@example.com", "From: joe@example.com\r\nFrom: ceo@example.com", "ceo@example.com"],
    [
      "joe",
      "joe@example.com",
      "Sender: ceo@example.com\r\nFrom: joe@example.com",
      "ceo@example.com",
    ],
    ["joe", "joe@example.com", "From: joe@elsewhere.example", "joe@elsewhere.example"],
    ["joe", "joe@example.com", "From: nobody", "a From without an address"],
    ["joe", "joe@example.com", "To: bob@example.net", "a From without an address"],
    ["eve", "eve@elsewhere.example", "From: joe@example.com", "joe@example.com"],
  ])("%s may not send as <%s> with %j", async (user, mailFrom, header, named) => {
    const relay = await started();
    expect(await replyTo(relay, user, mailFrom, header)).toBe(
      `553 5.7.1 sender refused: ${named} is not owned by user ${user}`,
    );
    expect(relay.sink.messages).toEqual([]);
  });

  test("a session continues after a refusal, which leaves nothing behind", async () => {
    const relay = await started();
    const client = await loggedIn(relay.port, "joe");
    expect(await reply(client, "ceo@example.com", "")).toMatch(/^553 /);
    expect(await reply(client, "joe@example.com", "From: ceo@example.com")).toMatch(/^553 /);
    expect(await reply(client, "joe@example.com", "From: joe@example.com")).toMatch(/^250 /);
    expect(relay.lines()).toMatchObject([
      { reply: expect.stringMatching(/^553/), fault: "ceo@example.com is not owned by user joe" },
      { result: "signed" },
    ]);
  });

  test("a login that is not in the table is refused with unlisted: mismatch", async () => {
    const relay = await started({ unlisted: "mismatch" });
    expect(await replyTo(relay, "eve", "eve@elsewhere.example", "")).toMatch(/^553 5\.7\.1 /);
  });

  test("mismatch: unsigned forwards the message unsigned, and logs the reason", async () => {
    const relay = await started({ mismatch: "unsigned" });
    expect(await replyTo(relay, "joe", "ceo@example.com", "From: joe@example.com")).toMatch(
      /^250 /,
    );
    expect(await replyTo(relay, "joe", "joe@example.com", "From: joe@example.com")).toMatch(
      /^250 /,
    );
    expect(relay.sink.messages.map(({ bytes }) => bytes.includes("DKIM-Signature"))).toEqual([
      false,
      true,
    ]);
    expect(relay.lines()).toMatchObject([
      {
        result: "not signed: sender-not-owned",
        fault: "ceo@example.com is not owned by user joe",
      },
      { result: "signed" },
    ]);
  });

  test("clients that have not logged in are not checked", async () => {
    const { port } = await started();
    const client = await RawClient.greeted(port);
    expect(await reply(client, "x@customer.example", "From: joe@example.com")).toMatch(/^250 /);
  });

  test("a login that a proxy reports by XCLIENT is checked", async () => {
    const { port } = await started({}, { xclient: true, relayNetworks: ["127.0.0.1"] });
    const client = await RawClient.greeted(port);
    await client.ask("XCLIENT ADDR=192.0.2.7 LOGIN=joe");
    await client.ask("EHLO there.test");
    expect(await reply(client, "ceo@example.com", "")).toMatch(/^553 /);
  });

  test("patterns", async () => {
    const relay = await started({ file: undefined, patterns: ["%u@example.com"] });
    expect(await replyTo(relay, "eve", "eve@example.com", "From: eve@example.com")).toMatch(/^250/);
    expect(await replyTo(relay, "eve", "eve@example.com", "From: joe@example.com")).toMatch(/^553/);
  });

  test.each([
    ["joe", "defer", /^250 /, "signed"],
    ["ann", "defer", /^553 /, undefined],
    ["eve", "defer", /^451 4\.3\.0 /, undefined],
    ["eve", "ignore", /^250 /, "not signed: sender-not-owned"],
  ])("a hook: %s with onError %s", async (user, onError, expected, result) => {
    const module = join(temporaryDirectory("test"), "hooks.mjs");
    writeFileSync(
      module,
      `export function sendersOf(login, { listener }) {
        if (login === "eve") throw new Error("no such luck");
        return login === "joe" && listener !== "" ? ["@example.com"] : [];
      }`,
    );
    const hooks = { module, onError: onError as "defer" };
    const relay = await started({ file: undefined, hook: true }, {}, { hooks });
    expect(await replyTo(relay, user, "a@example.com", "From: a@example.com")).toMatch(expected);
    expect(relay.lines()[0]?.["result"]).toBe(result);
  });

  test("a hook is called once for each transaction, not at MAIL and again after DATA", async () => {
    const directory = temporaryDirectory("test");
    const [module, calls] = [join(directory, "hooks.mjs"), join(directory, "calls")];
    writeFileSync(
      module,
      `import { appendFileSync } from "node:fs";
      export function sendersOf(login) {
        appendFileSync(${JSON.stringify(calls)}, login + "\\n");
        return ["@example.com"];
      }`,
    );
    const relay = await started({ file: undefined, hook: true }, {}, { hooks: { module } });
    const client = await loggedIn(relay.port, "joe");
    expect(await reply(client, "a@example.com", "From: a@example.com")).toMatch(/^250 /);
    expect(await reply(client, "a@example.com", "From: b@example.net")).toMatch(/^553 /);
    expect(readFileSync(calls, "utf8")).toBe("joe\njoe\n");
  });

  test("in queue mode: refused before it is queued, or queued unsigned", async () => {
    const file = `${temporaryDirectory("test")}/queue.db`;
    const config = { queue: { file }, bindings: { out: {} } };
    for (const mismatch of ["reject", "unsigned"]) {
      const relay = await started({ mismatch }, { mode: "queue" }, config);
      expect(await replyTo(relay, "joe", "joe@example.com", "From: ceo@example.com")).toMatch(
        mismatch === "reject" ? /^553 / : /^250 /,
      );
    }
    const queue = await openQueue({ file });
    afterThisTest(() => queue.close());
    const [lease, ...more] = await queue.take(10);
    expect(more).toEqual([]);
    expect(lease && decodeQueuedMail(lease.message).context).toMatchObject({
      authUser: "joe",
      unsigned: "sender-not-owned",
    });
  });
});
