import { configSchema, type MilterListener } from "@mailseal/config";
import type { Client, Macros } from "@mailseal/milter";
import { describe, expect, test } from "vitest";
import { Networks } from "../../src/clients/networks.ts";
import { addressOf, milterContext } from "../../src/milter/milter-context.ts";

const relayNetworks = new Networks(["10.0.0.0/8"]);

function listener(options: Record<string, unknown>): MilterListener {
  const [parsed] = configSchema.parse({
    listeners: [{ protocol: "milter", listen: "127.0.0.1:0", ...options }],
  }).listeners;
  if (parsed?.protocol !== "milter") throw new Error("expected a milter listener");
  return parsed;
}

function context(
  client: Client | undefined,
  macros: Record<string, string> = {},
  options: Record<string, unknown> = {},
) {
  const table = new Map(Object.entries(macros));
  const given = { get: (name: string) => table.get(name), all: () => table } as unknown as Macros;
  const source = client === undefined ? {} : { client, heloName: "client.test" };
  const generation = { nextQueueId: () => "OURS", now: () => 5 };
  return milterContext(source, given, listener(options), relayNetworks, generation);
}

const stranger = { family: "inet", hostname: "x", port: 1, address: "192.0.2.7" } as Client;
const ours = { family: "inet", hostname: "x", port: 1, address: "10.1.2.3" } as Client;

describe("direction: auto", () => {
  test.each<[string, Client | undefined, Record<string, string>, string]>([
    ["a client of relayNetworks", ours, {}, "outbound"],
    ["a user who logged in", stranger, { auth_authen: "joe" }, "outbound"],
    ["a unix socket", { family: "unix", hostname: "x", path: "/run/x" } as Client, {}, "outbound"],
    [
      "a local program, by IPv6",
      { family: "inet6", hostname: "x", port: 0, address: "::1" } as Client,
      {},
      "outbound",
    ],
    [
      "loopback over the network",
      { family: "inet", hostname: "x", port: 25, address: "127.0.0.1" } as Client,
      {},
      "inbound",
    ],
    ["anybody else", stranger, { auth_authen: "" }, "inbound"],
    ["a client that the MTA did not report", undefined, {}, "inbound"],
  ])("mail of %s", (_name, client, macros, direction) => {
    const found = context(client, macros, { direction: "auto" });
    expect(found).toMatchObject({ direction, submitter: direction === "outbound" });
    expect(found.unsigned).toBeUndefined();
  });
});

test("the queue id is the MTA's, or our own if it has none", () => {
  expect(context(stranger, { i: "4XYZ" }).queueId).toBe("4XYZ");
  expect(context(stranger, { i: "" }).queueId).toBe("OURS");
  expect(context(stranger).queueId).toBe("OURS");
});

test("an inbound listener verifies the mail of our own clients, too", () => {
  const found = context(ours, {}, { direction: "inbound", name: "mx", binding: "out" });
  expect(found).toMatchObject({
    direction: "inbound",
    listener: "mx",
    binding: "out",
    remoteAddress: "10.1.2.3",
    heloName: "client.test",
    receivedMs: 5,
    relayNetwork: true,
  });
});

test.each<[string, Client | undefined, string | undefined]>([
  ["of the network", stranger, "192.0.2.7"],
  ["with an empty address", { ...stranger, address: "" } as Client, undefined],
  ["of a unix socket", { family: "unix", hostname: "x", path: "/run/x" } as Client, undefined],
  ["of unknown family", { family: "unknown", hostname: "x" } as Client, undefined],
  ["that was not reported", undefined, undefined],
])("the address of a client %s", (_name, client, address) => {
  expect(addressOf(client)).toBe(address);
});
