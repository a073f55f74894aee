import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { type Answer, decode, encode, RECURSION_AVAILABLE } from "dns-packet";
import { afterEach, expect, test } from "vitest";
import { zoneServerFinder } from "../../src/dns/name-servers.ts";

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

/** A resolver that knows these records, by "NAME TYPE". */
async function resolverWith(records: Readonly<Record<string, readonly Answer[]>>): Promise<string> {
  const socket = createSocket("udp4");
  sockets.push(socket);
  socket.on("message", (bytes, from) => {
    const { id, questions = [] } = decode(bytes);
    const [question] = questions;
    const answers = [...(records[`${question?.name} ${question?.type}`] ?? [])];
    const flags = RECURSION_AVAILABLE | (answers.length === 0 ? 3 : 0);
    const response = { type: "response", id: id ?? 0, flags, questions, answers } as const;
    socket.send(encode(response), from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return `127.0.0.1:${socket.address().port}`;
}

test("the servers of the zone above a subdomain are found", async () => {
  const server = await resolverWith({
    "example.com NS": [{ name: "example.com", type: "NS", data: "ns1.example.net" }],
    "ns1.example.net A": [{ name: "ns1.example.net", type: "A", data: "192.0.2.1" }],
  });
  const find = zoneServerFinder([server]);
  expect(await find("mail.example.com")).toMatchObject({ zone: "example.com" });
});

test("a server with an IPv6 address alone is found too", async () => {
  const server = await resolverWith({
    "example.com NS": [{ name: "example.com", type: "NS", data: "ns6.example.net" }],
    "ns6.example.net AAAA": [{ name: "ns6.example.net", type: "AAAA", data: "2001:db8::1" }],
  });
  expect(await zoneServerFinder([server])("example.com")).toMatchObject({ zone: "example.com" });
});

test("a domain without a zone has none", async () => {
  const server = await resolverWith({});
  expect(await zoneServerFinder([server])("example.com")).toBeUndefined();
});
