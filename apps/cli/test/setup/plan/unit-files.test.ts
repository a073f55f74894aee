import { symlinkSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { unitFiles } from "../../../src/setup/plan/unit-files.ts";
import { type FakeRoot, fakeRoot } from "../../host/fake-root.ts";

const place = { group: "postfix", queueDirectory: "/var/spool/postfix" };
const unit = "mailseal-relay.service";

function pathsOf(changes: readonly object[]): readonly unknown[] {
  return changes.map((change) => ("path" in change ? change.path : undefined));
}

/** The relay as npm installs it for all users. */
function machineWithNpm(): FakeRoot {
  const machine = fakeRoot({ postfix: [], systemd: true });
  const folder = "/usr/local/lib/node_modules/@mailseal/relay";
  machine.write(`${folder}/bin/mailseal-relay.js`, "#!/usr/bin/env node\n", 0o755);
  machine.write(
    `${folder}/systemd/${unit}`,
    "[Service]\nExecStart=/usr/bin/mailseal-relay --config x\nUser=mailseal\n",
  );
  machine.write(
    `${folder}/systemd/postfix.conf`,
    "[Service]\nSupplementaryGroups=postfix\nReadWritePaths=-/var/spool/postfix/mailseal\n",
  );
  machine.write("/usr/local/bin/.keep", "");
  symlinkSync(
    "../lib/node_modules/@mailseal/relay/bin/mailseal-relay.js",
    machine.path("/usr/local/bin/mailseal-relay"),
  );
  return machine;
}

describe("the unit of the relay", () => {
  test("is written where npm installed the relay, with the path of the program", async () => {
    const { host } = machineWithNpm();
    const changes = await unitFiles(host, place);
    expect(pathsOf(changes)).toEqual([
      `/etc/systemd/system/${unit}`,
      `/etc/systemd/system/${unit}.d`,
      `/etc/systemd/system/${unit}.d/postfix.conf`,
    ]);
    expect(changes[0]).toMatchObject({
      content: "[Service]\nExecStart=/usr/local/bin/mailseal-relay --config x\nUser=mailseal\n",
    });
  });

  test("of a package is left alone, and so is its drop-in", async () => {
    const machine = machineWithNpm();
    machine.write(`/usr/lib/systemd/system/${unit}`, "[Service]\n");
    machine.write(`/etc/systemd/system/${unit}.d/postfix.conf`, "[Service]\n");
    expect(await unitFiles(machine.host, place)).toEqual([]);
  });

  test("has no drop-in for a group that is missing, because systemd would refuse it", async () => {
    const { host } = machineWithNpm();
    const changes = await unitFiles(host, { group: "smmsp" });
    expect(pathsOf(changes)).toEqual([`/etc/systemd/system/${unit}`]);
  });

  test("may write in another queue directory of Postfix", async () => {
    const { host } = machineWithNpm();
    const changes = await unitFiles(host, { ...place, queueDirectory: "/srv/spool" });
    expect(changes.at(-1)).toMatchObject({
      content: "[Service]\nSupplementaryGroups=postfix\nReadWritePaths=-/srv/spool/mailseal\n",
    });
  });

  test("that does not come with the program is reported", async () => {
    const machine = fakeRoot({ postfix: [], systemd: true });
    machine.write("/usr/bin/mailseal-relay", "", 0o755);
    await expect(unitFiles(machine.host, place)).rejects.toThrow(
      "cannot find mailseal-relay.service, which comes with mailseal-relay; install the relay again",
    );
  });
});
