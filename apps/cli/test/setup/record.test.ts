import { chmodSync, chownSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Change } from "../../src/setup/changes/change.ts";
import { SetupRecord } from "../../src/setup/record.ts";
import { type FakeRoot, fakeRoot } from "../host/fake-root.ts";
import { isRootMissing } from "./root-only.ts";

const file = "/var/lib/mailseal/setup/record.json";
const owner = { user: "root", group: "root" };

function fileChange(path: string, content: string): Change {
  return { kind: "file", path, content, encoding: "utf8", mode: 0o644, owner };
}

/** The record as a crash leaves it that comes before the last entry is confirmed. */
function breakOff(machine: FakeRoot): void {
  const text = readFileSync(machine.path(file), "utf8");
  const at = text.lastIndexOf('"made"');
  writeFileSync(machine.path(file), `${text.slice(0, at)}"planned"${text.slice(at + 6)}`);
}

describe.skipIf(isRootMissing)("the record of a setup", () => {
  test("is for root alone, and takes everything back, the latest first", async () => {
    const machine = fakeRoot();
    machine.write("/etc/a", "old\n");
    const record = await SetupRecord.open(machine.host);
    await record.make(fileChange("/etc/a", "first\n"));
    await record.make(fileChange("/etc/a", "second\n"));
    const again = await SetupRecord.open(machine.host);
    expect(again.entries.map(({ state }) => state)).toEqual(["made", "made"]);
    expect(await again.undo(() => true)).toEqual([]);
    expect(machine.read("/etc/a")).toBe("old\n");
    await again.remove();
    expect(machine.has("/var/lib/mailseal")).toBe(false);
  });

  test("keeps the old file as long as a newer one is left in its place", async () => {
    const machine = fakeRoot();
    machine.write("/etc/a", "old\n");
    const record = await SetupRecord.open(machine.host);
    await record.make(fileChange("/etc/a", "new\n"));
    machine.write("/etc/a", "mine\n");
    const [reason] = await record.undo(() => true);
    await record.remove();
    const [copy = ""] = /\/var\/lib\/\S+$/.exec(reason ?? "") ?? [];
    expect(machine.read(copy)).toBe("old\n");
    expect((await SetupRecord.open(machine.host)).entries).toEqual([]);
  });

  test("removes what a killed setup has left without an entry", async () => {
    const machine = fakeRoot();
    const record = await SetupRecord.open(machine.host);
    await record.make(fileChange("/etc/a", "new\n"));
    machine.write("/var/lib/mailseal/setup/files/7-etc-a", "");
    machine.write("/var/lib/mailseal/setup/record.json.123.new", "");
    await record.undo(() => true);
    await record.remove();
    expect(machine.has("/var/lib/mailseal")).toBe(false);
  });

  test("keeps a directory of the state that was there before it", async () => {
    const machine = fakeRoot();
    machine.write("/var/lib/mailseal/queue.db", "");
    const record = await SetupRecord.open(machine.host);
    await record.make(fileChange("/etc/a", "new\n"));
    await record.undo(() => true);
    await record.remove();
    expect(machine.has("/var/lib/mailseal/queue.db")).toBe(true);
    expect(machine.has("/var/lib/mailseal/setup")).toBe(false);
  });

  test("a change that a crash interrupted after it was made counts as made", async () => {
    const machine = fakeRoot();
    await (await SetupRecord.open(machine.host)).make(fileChange("/etc/a", "new\n"));
    breakOff(machine);
    const record = await SetupRecord.open(machine.host);
    expect(record.entries).toMatchObject([{ state: "planned" }]);
    await record.settle();
    expect(record.entries).toMatchObject([{ state: "made" }]);
    await record.undo(() => true);
    expect(machine.has("/etc/a")).toBe(false);
  });

  test("a change that a crash prevented is forgotten", async () => {
    const machine = fakeRoot();
    machine.write("/etc/a", "old\n");
    await (await SetupRecord.open(machine.host)).make(fileChange("/etc/a", "new\n"));
    breakOff(machine);
    machine.write("/etc/a", "old\n");
    const record = await SetupRecord.open(machine.host);
    await record.settle();
    expect(record.entries).toEqual([]);
    expect(machine.read("/etc/a")).toBe("old\n");
  });

  test("an undo works on what a crash left", async () => {
    const machine = fakeRoot();
    machine.write("/etc/a", "old\n");
    await (await SetupRecord.open(machine.host)).make(fileChange("/etc/a", "new\n"));
    breakOff(machine);
    const record = await SetupRecord.open(machine.host);
    expect(await record.undo(() => true)).toEqual([]);
    expect(machine.read("/etc/a")).toBe("old\n");
    expect(record.entries).toEqual([]);
  });

  test("a change that fails stays in the record as planned", async () => {
    const machine = fakeRoot();
    machine.write("/usr/sbin/groupadd", "#!/bin/sh\necho no >&2; exit 1\n", 0o755);
    const record = await SetupRecord.open(machine.host);
    await expect(record.make({ kind: "group", name: "mailseal" })).rejects.toThrow(
      "groupadd --system mailseal failed: no. Repair this, then run mailseal setup again: it goes on from here",
    );
    expect((await SetupRecord.open(machine.host)).entries).toMatchObject([{ state: "planned" }]);
  });

  test.each(["", "{", "[]", '{"version":2,"entries":[]}', '{"version":1}'])(
    "%j is not understood",
    async (text) => {
      const machine = fakeRoot();
      machine.write(file, text, 0o600);
      await expect(SetupRecord.open(machine.host)).rejects.toThrow(
        /^the record of the setup in .* cannot be read by this version of mailseal/,
      );
    },
  );

  test("a record that the user of the relay could have written is refused", async () => {
    const machine = fakeRoot();
    machine.write(file, '{"version":1,"entries":[]}', 0o600);
    chownSync(machine.path("/var/lib/mailseal/setup"), 54_321, 0);
    await expect(SetupRecord.open(machine.host)).rejects.toThrow(/does not belong to root alone/);
    chownSync(machine.path("/var/lib/mailseal/setup"), 0, 0);
    chmodSync(machine.path("/var/lib/mailseal/setup"), 0o770);
    await expect(SetupRecord.open(machine.host)).rejects.toThrow(/does not belong to root alone/);
  });
});
