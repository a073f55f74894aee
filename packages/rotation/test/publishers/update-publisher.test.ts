import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateKey } from "@mailseal/crypto";
import { formatKeyRecord, formatZoneLine, wireResolver } from "@mailseal/dns-record";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { activeFile } from "../../src/activations/active-file.ts";
import { createRotation } from "../../src/create-rotation.ts";
import type { RecordChange } from "../../src/environment.ts";
import { keyDirectory } from "../../src/files/key-directory.ts";
import { Journal } from "../../src/journal.ts";
import { updatePublisher } from "../../src/publishers/update-publisher.ts";
import { NameServer, type NameServerKind, nameServerMissing } from "../support/name-server.ts";

const dayMs = 86_400_000;
const long = formatKeyRecord(generateKey({ type: "rsa", bits: 4096 }).publicKey);
const oldKey = generateKey({ type: "rsa", bits: 1024 });
const oldName = "old._domainkey.example.com";

function change(
  action: Exclude<RecordChange["action"], "remove">,
  selector: string,
  record: string,
): RecordChange {
  const name = `${selector}._domainkey.example.com`;
  return { action, domain: "example.com", selector, name, record, ttlSeconds: 60 };
}

const servers: readonly (readonly [NameServerKind, string])[] = [
  ["named", "hmac-sha256"],
  ["named", "hmac-sha512"],
  ["knotd", "hmac-sha256"],
];

describe.each(servers)("%s with %s", (kind, algorithm) => {
  const missing = nameServerMissing(kind);
  if (missing !== undefined) {
    test("is installed", ({ skip }) => {
      skip(process.env["CI"] === undefined, missing);
      expect.unreachable(missing);
    });
    return;
  }
  let server: NameServer;
  beforeAll(async () => {
    const records = formatZoneLine(oldName, formatKeyRecord(oldKey.publicKey));
    server = await NameServer.start(kind, algorithm, records);
  }, 60_000);
  afterAll(() => server.stop());

  const publisher = (
    more: Partial<Parameters<typeof updatePublisher>[0]> = {},
  ): ReturnType<typeof updatePublisher> =>
    updatePublisher({ server: server.address, tsigKeyFile: server.tsigKeyFile, ...more });
  const lookUp = async (selector: string): Promise<unknown> => {
    const answer = await wireResolver({ servers: [server.address] }).resolveTxt(
      `${selector}._domainkey.example.com`,
    );
    return answer.status === "found" ? answer.records : answer.status;
  };

  test("a record of more than 512 octets is published twice, then revoked and removed", async () => {
    expect(long.length).toBeGreaterThan(700);
    await publisher().apply([change("publish", "long", long)]);
    expect(await lookUp("long")).toEqual([long]);
    await publisher().apply([change("publish", "long", long)]);
    expect(await lookUp("long")).toEqual([long]);
    await publisher().apply([change("revoke", "long", "v=DKIM1; p=")]);
    expect(await lookUp("long")).toEqual(["v=DKIM1; p="]);
    const name = "long._domainkey.example.com";
    const removal = { action: "remove", domain: "example.com", selector: "long", name } as const;
    await publisher().apply([removal]);
    await publisher().apply([removal]);
    expect(await lookUp("long")).toBe("nxdomain");
  });

  test("a foreign record is not changed, and the server makes all changes or none", async () => {
    const changes = [change("publish", "new", long), change("publish", "old", long)];
    await expect(publisher().apply(changes)).rejects.toThrow(/NXRRSET; there is a TXT record/);
    expect(await lookUp("new")).toBe("nxdomain");
    expect(await lookUp("old")).toEqual([formatKeyRecord(oldKey.publicKey)]);
  });

  test("a foreign record is replaced if that was asked for", async () => {
    await publisher().apply([change("publish", "mine", "v=spf1 -all")]);
    await expect(publisher().apply([change("publish", "mine", long)])).rejects.toThrow(/NXRRSET/);
    await publisher().apply([change("replace", "mine", long)]);
    expect(await lookUp("mine")).toEqual([long]);
  });

  test("a wrong key, clock or zone is reported", async () => {
    const directory = temporaryDirectory("test");
    const wrongSecret = join(directory, "wrong.key");
    const good = readFileSync(server.tsigKeyFile, "utf8");
    const secret = Buffer.alloc(32, 1).toString("base64");
    writeFileSync(wrongSecret, good.replace(/secret "[^"]*"/, `secret "${secret}"`), {
      mode: 0o600,
    });
    const unknownKey = join(directory, "unknown.key");
    writeFileSync(unknownKey, good.replace("mailseal.key", "other.key"), { mode: 0o600 });
    const apply = (more: Partial<Parameters<typeof updatePublisher>[0]>): Promise<unknown> =>
      publisher(more).apply([change("publish", "wrong", long)]);
    await expect(apply({ tsigKeyFile: wrongSecret })).rejects.toThrow(/another secret/);
    await expect(apply({ tsigKeyFile: unknownKey })).rejects.toThrow(/does not know this key/);
    await expect(apply({ clock: { nowMs: () => Date.now() - dayMs } })).rejects.toThrow(
      /clock of the server|BADTIME/,
    );
    await expect(apply({ zone: "example.net" })).rejects.toMatchObject({ code: "dns-update" });
    expect(await lookUp("wrong")).toBe("nxdomain");
    for (const mode of [0o644, 0o660, 0o602]) {
      chmodSync(wrongSecret, mode);
      const refused = apply({ tsigKeyFile: wrongSecret });
      await expect(refused).rejects.toMatchObject({ code: "tsig-key" });
      await expect(refused).rejects.toThrow(
        /other users can read or change .*chmod it to 600 or 640/,
      );
    }
    await expect(apply({ tsigKeyFile: directory })).rejects.toThrow(/not a regular file/);
  });

  test("RSA and Ed25519 keys rotate together from start to end", { timeout: 60_000 }, async () => {
    const directory = temporaryDirectory("test");
    const journal = new Journal(join(directory, "rotation.db"));
    const clock = { now: Date.UTC(2026, 10, 24), nowMs: () => clock.now };
    const activation = activeFile(directory);
    const keyFiles = keyDirectory(directory);
    await keyFiles.writeDraft("example.com", "old", oldKey.toPem());
    await keyFiles.install("example.com", "old");
    const oldFile = keyFiles.pathOf("example.com", "old");
    await activation.activate("example.com", [{ selector: "old", keyFile: oldFile }]);
    const rotation = createRotation({
      journal,
      keyFiles,
      publisher: publisher(),
      resolvers: ["one", "two"].map((name) => ({
        name,
        resolver: wireResolver({ servers: [server.address] }),
      })),
      activation,
      clock,
    });
    const plan = { keys: [{ type: "rsa" }, { type: "ed25519" }] } as const;
    await rotation.start("example.com", { plan });
    await rotation.advance();
    expect(rotation.status()).toMatchObject([{ stage: "overlap" }]);
    const active = await activation.active("example.com");
    expect(active.map(({ selector }) => selector)).toEqual(["r20261124", "e20261124"]);
    expect(await lookUp("r20261124")).toEqual([rotation.status()[0]?.incoming[0]?.record]);
    clock.now += 8 * dayMs;
    await rotation.advance();
    expect(await lookUp("old")).toEqual(["v=DKIM1; p="]);
    clock.now += 30 * dayMs;
    await rotation.advance();
    expect(rotation.status()).toMatchObject([{ stage: "retired" }]);
    expect(await lookUp("old")).toBe("nxdomain");
    expect(await keyFiles.read(join(directory, "example.com/archive/old.key"))).toBe(
      oldKey.toPem(),
    );
    journal.close();
  });
});
