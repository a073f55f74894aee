import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { reportMessage, type ReportedMessage } from "@mailseal/testkit/milter-report";
import { describe, expect, test } from "vitest";
import { startMilterRelay } from "../support/milter-relay.ts";

const header = ["From: alice@example.com", "To: bob@example.net", "Subject: x"];

async function outcome(listener: Record<string, unknown>, message: Partial<ReportedMessage>) {
  const relay = await startMilterRelay({ listener });
  const port = Number(relay.address.split(":").at(-1));
  const { answer, inserted, added } = await reportMessage(port, { header, ...message });
  const line = relay.log().find(({ msg }) => msg === "message");
  const isSigned = inserted.some((field) => field.startsWith("DKIM-Signature:"));
  return { answer, isSigned, line, added };
}

describe("direction: outbound of a milter", () => {
  const outbound = { direction: "outbound", relayNetworks: ["10.0.0.0/8"] };

  test.each<[string, Partial<ReportedMessage>]>([
    ["a program on this machine", { client: { family: "L", address: "/run/x" } }],
    ["sendmail(1) beside Postfix", { client: { family: "4", port: 0, address: "127.0.0.1" } }],
    ["a relay network", { client: { family: "4", address: "10.1.2.3" } }],
    ["sendmail -bs", { client: { family: "U" }, macros: { _: "joe@localhost" } }],
    ["an authenticated user", { macros: { auth_authen: "alice" } }],
  ])("signs for %s", async (_, message) => {
    expect(await outcome(outbound, message)).toMatchObject({ answer: "c", isSigned: true });
  });

  test("signs for loopback if relayNetworks is not set", async () => {
    const client = { family: "4", address: "127.0.0.1" } as const;
    expect(await outcome({ direction: "outbound" }, { client })).toMatchObject({ isSigned: true });
  });

  test.each<[string, Partial<ReportedMessage>]>([
    ["an address of the Internet", {}],
    ["an IPv6 address of the Internet", { client: { family: "6", address: "2001:db8::7" } }],
    ["no address that is known", { client: { family: "U" } }],
    ["an address that is empty", { client: { family: "4", address: "" } }],
    [
      "a name that only ident reports",
      { client: { family: "U" }, macros: { _: "joe@localhost [192.0.2.7]" } },
    ],
    [
      "a host that calls itself localhost",
      { client: { family: "4", address: "192.0.2.7" }, macros: { _: "joe@localhost" } },
    ],
    ["an empty login", { macros: { auth_authen: "" } }],
  ])(
    "passes mail of a client with %s on unsigned, and the log gives the reason",
    async (_, message) => {
      expect(await outcome(outbound, message)).toMatchObject({
        answer: "c",
        isSigned: false,
        line: { direction: "outbound", result: "not signed: foreign-client" },
      });
    },
  );

  test("signs for any client with signForAnyClient", async () => {
    const listener = { ...outbound, signForAnyClient: true };
    expect(await outcome(listener, {})).toMatchObject({ answer: "c", isSigned: true });
  });
});

describe("ignoreNetworks of a milter (OpenDKIM's PeerList)", () => {
  const listener = {
    direction: "auto",
    relayNetworks: ["10.0.0.0/8"],
    ignoreNetworks: ["10.8.0.0/16"],
  };

  test("leaves the mail of its clients unchanged, even of users who log in", async () => {
    const client = { family: "4", address: "10.8.3.4" } as const;
    const message = { client, macros: { auth_authen: "alice" } };
    expect(await outcome(listener, message)).toEqual({
      answer: "a",
      isSigned: false,
      line: undefined,
      added: [],
    });
  });

  test("does not affect other clients", async () => {
    const client = { family: "4", address: "10.9.3.4" } as const;
    expect(await outcome(listener, { client })).toMatchObject({ answer: "c", isSigned: true });
  });
});

describe("missing Date and Message-ID fields", () => {
  const ours = { family: "4", address: "127.0.0.1" } as const;

  // Sendmail takes a field at the end for the one that it adds itself; of an inserted one it would have two.
  test("are added at the end of the header, and signed", async () => {
    const { isSigned, added } = await outcome({}, { client: ours });
    expect(isSigned).toBe(true);
    expect(added).toEqual([
      expect.stringMatching(/^Message-ID: <\S+@example\.com>$/),
      expect.stringMatching(/^Date: \w{3}, \d{1,2} \w{3} \d{4} [\d:]{8} \+0000$/),
    ]);
  });

  test.each<[string, Record<string, unknown>, Partial<ReportedMessage>]>([
    ["if the message has them", {}, { header: [...header, "date: x", "Message-Id: <1@a>"] }],
    [
      "for clients that are not ours",
      { direction: "outbound", signForAnyClient: true },
      { client: { family: "4" } },
    ],
    ["for inbound mail", { direction: "inbound" }, {}],
  ])("are not added %s", async (_, listener, message) => {
    expect((await outcome(listener, { client: ours, ...message })).added).toEqual([]);
  });
});

describe("auth.senders of a milter", () => {
  const auth = (senders: Record<string, unknown>) => {
    const file = join(temporaryDirectory("test"), "senders");
    writeFileSync(file, "alice@example.com alice\n@example.com boss\n");
    return { auth: { senders: { file, ...senders } } };
  };

  test.each([
    [{}, "alice", "c", true],
    [{}, "eve", "y553 5.7.1 sender refused: alice@example.com is not owned by user eve", false],
    [{ mismatch: "unsigned" }, "eve", "c", false],
  ])("%j: mail of %s", async (senders, login, answer, isSigned) => {
    const macros = { auth_authen: login };
    expect(await outcome(auth(senders), { macros })).toMatchObject({ answer, isSigned });
  });

  test("applies to MAIL FROM as well", async () => {
    const message = { macros: { auth_authen: "alice" }, from: "ceo@example.com" };
    expect(await outcome(auth({}), message)).toMatchObject({
      answer: expect.stringMatching(/^y553 /),
      line: { fault: "ceo@example.com is not owned by user alice" },
    });
  });

  test.each([
    ['"a b"@example.com', "c"],
    ['"a@b"@example.com', "c"],
    ['"a\\ b"@example.com', "c"],
    ['"c b"@example.com', "y553"],
    ['"a@example.com b"@example.net', "y553"],
  ])("reads quoted local parts: %s", async (from, answer) => {
    const file = join(temporaryDirectory("test"), "senders");
    writeFileSync(file, '"a b"@example.com alice\n"a@b"@example.com alice\n');
    const { line, ...found } = await outcome(
      { auth: { senders: { file } } },
      { macros: { auth_authen: "alice" }, from, header: [`From: ${from}`, "Subject: x"] },
    );
    expect(found.answer.slice(0, answer.length)).toBe(answer);
    expect(found.isSigned).toBe(answer === "c");
    expect(line).toMatchObject({ from, ...(answer === "c" ? { fromDomain: "example.com" } : {}) });
  });

  test("does not apply to clients that have not logged in", async () => {
    const client = { family: "4", address: "127.0.0.1" } as const;
    expect(await outcome(auth({}), { client })).toMatchObject({ answer: "c", isSigned: true });
  });
});
