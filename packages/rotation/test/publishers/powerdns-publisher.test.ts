import { once } from "node:events";
import { chmodSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { expect, onTestFinished, test } from "vitest";
import type { RecordChange } from "../../src/environment.ts";
import { powerdnsPublisher } from "../../src/publishers/powerdns-publisher.ts";

interface Stored {
  readonly name: string;
  readonly type: string;
  readonly ttl?: number;
  readonly records: readonly { readonly content: string }[];
}

/** As much of PowerDNS 4.9 as a publisher uses: one zone, one key. */
async function startPowerdns(zone = "example.com."): Promise<{
  readonly api: string;
  readonly sets: Map<string, Stored>;
}> {
  const sets = new Map<string, Stored>();
  const answer = async (request: IncomingMessage): Promise<readonly [number, unknown]> => {
    if (request.headers["x-api-key"] !== "s3cret") return [401, { error: "Unauthorized" }];
    const url = new URL(request.url ?? "", "http://x");
    if (url.pathname !== `/api/v1/servers/localhost/zones/${zone}`) {
      return [404, { error: "Not Found" }];
    }
    if (request.method === "GET") {
      return [200, { name: zone, rrsets: [...sets.values()] }];
    }
    const body = JSON.parse(await text(request)) as {
      rrsets: (Stored & { readonly changetype: string })[];
    };
    for (const { changetype, ...set } of body.rrsets) {
      if (!set.name.endsWith(`.${zone}`)) return [422, { error: `${set.name} is out of zone` }];
      if (changetype === "DELETE") sets.delete(set.name);
      else sets.set(set.name, set);
    }
    return [204, undefined];
  };
  const server: Server = createServer((request, response) => {
    const reply = async (): Promise<void> => {
      const [status, body] = await answer(request);
      response.writeHead(status, { "content-type": "application/json" });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    };
    void reply();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { api: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sets };
}

const name = "s1._domainkey.example.com";
const record = `v=DKIM1; k=rsa; p=${"A".repeat(392)}`;

function change(action: "publish" | "revoke", content: string): RecordChange {
  return { action, domain: "example.com", selector: "s1", name, record: content, ttlSeconds: 60 };
}

function keyFile(content = "s3cret\n"): string {
  return writeTestFile(temporaryDirectory("test"), "api.key", content);
}

test("a long record is published in strings, twice, then revoked and removed", async () => {
  const { api, sets } = await startPowerdns();
  const publisher = powerdnsPublisher({ api, apiKeyFile: keyFile() });
  await publisher.apply([change("publish", record)]);
  const stored = sets.get(`${name}.`);
  expect(stored).toMatchObject({ type: "TXT", ttl: 60 });
  expect(stored?.records).toEqual([
    {
      content: `"${record.slice(0, 255)}" "${record.slice(255)}"`,
      disabled: false,
    },
  ]);
  await publisher.apply([change("publish", record)]);
  await publisher.apply([change("revoke", "v=DKIM1; p=")]);
  expect(sets.get(`${name}.`)?.records).toMatchObject([{ content: '"v=DKIM1; p="' }]);
  await publisher.apply([{ action: "remove", domain: "example.com", selector: "s1", name }]);
  expect(sets.size).toBe(0);
});

test("a TXT record of somebody else stays", async () => {
  const { api, sets } = await startPowerdns();
  const foreign = { name: `${name}.`, type: "TXT", records: [{ content: '"v=spf1 -all"' }] };
  sets.set(`${name}.`, foreign);
  const publisher = powerdnsPublisher({ api, apiKeyFile: keyFile() });
  await expect(publisher.apply([change("publish", record)])).rejects.toMatchObject({
    code: "dns-update",
    message: `${name} has a TXT record that is not from this key; remove it, or use another selector`,
  });
  expect(sets.get(`${name}.`)).toBe(foreign);
});

test("a record of another type at the name does not matter", async () => {
  const { api, sets } = await startPowerdns();
  sets.set("other", { name: `${name}.`, type: "A", records: [{ content: "192.0.2.1" }] });
  await powerdnsPublisher({ api, apiKeyFile: keyFile() }).apply([change("publish", record)]);
  expect(sets.get(`${name}.`)).toMatchObject({ type: "TXT" });
});

test("a refusal has the reason of the server, and a question that helps", async () => {
  const { api } = await startPowerdns();
  const apply = (options: { apiKeyFile?: string; zone?: string }): Promise<unknown> =>
    powerdnsPublisher({ api, apiKeyFile: keyFile(), ...options }).apply([
      change("publish", record),
    ]);
  const wrongKey = keyFile("wrong\n");
  await expect(apply({ apiKeyFile: wrongKey })).rejects.toThrow(
    `PowerDNS at ${api} refused the change: Unauthorized; is ${wrongKey} the api-key of its pdns.conf?`,
  );
  await expect(apply({ zone: "example.net" })).rejects.toThrow(
    /Not Found; does it have the zone example\.net\?/,
  );
});

test("a server that does not answer is named", async () => {
  const publisher = powerdnsPublisher({ api: "http://127.0.0.1:9", apiKeyFile: keyFile() });
  await expect(publisher.apply([change("publish", record)])).rejects.toThrow(
    /^cannot reach PowerDNS at http:\/\/127\.0\.0\.1:9: /,
  );
});

test.each([
  ["an open file", "s3cret\n", 0o644, /other users can read or change the API key file .*chmod/],
  [
    "an empty file",
    "\n",
    0o600,
    /is not an API key; write the value of api-key in pdns\.conf there/,
  ],
])("the key in %s is refused", async (_, content, mode, message) => {
  const { api } = await startPowerdns();
  const file = keyFile(content);
  chmodSync(file, mode);
  const publisher = powerdnsPublisher({ api, apiKeyFile: file });
  await expect(publisher.apply([change("publish", record)])).rejects.toMatchObject({
    code: "api-key",
    message: expect.stringMatching(message),
  });
});

test.each(["", "127.0.0.1:8081", "ftp://x", "http://user@x/"])("%j is no address", (api) => {
  expect(() => powerdnsPublisher({ api, apiKeyFile: "k" })).toThrow(
    "api: expected the address of the API, such as http://127.0.0.1:8081",
  );
});
