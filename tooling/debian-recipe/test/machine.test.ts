import { describe, expect, test } from "vitest";
import { freshRootMissing } from "../src/fresh-root.ts";
import { addresses } from "../src/outside-network.ts";
import { withMachine } from "./support/mail-machine.ts";

describe.skipIf(freshRootMissing() !== undefined)("a machine", () => {
  const it = withMachine();

  test("has systemd as its first process", async () => {
    expect(await it.machine.succeed("cat /proc/1/comm")).toBe("systemd\n");
    expect(await it.machine.succeed("systemctl list-units --failed --plain --no-legend")).toBe("");
  });

  test("keeps user, groups and hardening of a unit", async () => {
    await it.machine.write(
      "/etc/systemd/system/who.service",
      `[Service]
Type=oneshot
User=daemon
SupplementaryGroups=mail
UMask=0027
ProtectSystem=strict
RuntimeDirectory=who
ExecStart=/bin/sh -c 'id -Gn; umask; touch /etc/changed || touch /run/who/changed'
`,
    );
    await it.machine.succeed("systemctl start who");
    const log = await it.machine.succeed("journalctl -u who -o cat");
    expect(log.split("\n")).toEqual(
      expect.arrayContaining([
        "daemon mail",
        "0027",
        "touch: cannot touch '/etc/changed': Read-only file system",
      ]),
    );
  });

  test("has no capability to set the clock or to change the kernel of the real machine", async () => {
    // The capabilities themselves are compared: trying them would change the real machine if they were there.
    const systemd = await it.machine.succeed("grep ^CapBnd /proc/1/status");
    const command = await it.machine.succeed("grep ^CapBnd /proc/self/status");
    expect(command).toBe(systemd);
    const held = BigInt(`0x${command.replace(/\D*\s/, "").trim()}`);
    const ofKernel = {
      sys_module: 16n,
      sys_rawio: 17n,
      sys_time: 25n,
      mac_admin: 33n,
      syslog: 34n,
    };
    for (const [name, bit] of Object.entries(ofKernel)) {
      expect([name, (held >> bit) & 1n]).toEqual([name, 0n]);
    }
    expect((await it.machine.run("test -w /proc/sys/kernel/hostname")).code).toBe(1);
  });

  test("has a host name and a network of its own", async () => {
    expect(await it.machine.succeed("hostname")).toBe("mail.example.com\n");
    expect(await it.machine.succeed("ls /sys/class/net")).toBe("eth0\nlo\n");
  });

  test("reaches the network outside, and nothing else", async () => {
    const found = await it.machine.succeed("getent hosts mx.example.net");
    expect(found.trim().split(/\s+/)).toEqual([addresses.mailServer, "mx.example.net"]);
    expect((await it.machine.run("getent hosts debian.org")).code).not.toBe(0);
  });
});
