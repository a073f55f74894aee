import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshRootMissing, Machine, Outside } from "@mailseal/debian-recipe";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { debianPackage } from "../support/unpacked-package.ts";

const missing = debianPackage === "" ? "there is no package" : freshRootMissing();
if (missing !== undefined) console.warn(`skipped: ${missing}`);

const deb = "/root/mailseal.deb";
const newer = "/root/newer.deb";
const config = "/etc/mailseal/mailseal.yaml";
const dropIn = "/etc/systemd/system/mailseal-relay.service.d/postfix.conf";
const socketDirectory = "/var/spool/postfix/mailseal";
const installPostfix = "apt-get install -q -y --no-install-recommends postfix";

const bySmtp = `listeners:
  - { protocol: smtp, direction: outbound, listen: "127.0.0.1:2525" }
defaultBinding: out
bindings:
  out: { nextHop: { host: 127.0.0.1, port: 25 } }
`;

/** The same package with a higher version, and another config as installed. */
function newerPackage(): Buffer {
  const root = temporaryDirectory("file");
  const path = join(temporaryDirectory("file"), "newer.deb");
  execFileSync("dpkg-deb", ["-R", debianPackage, root]);
  const control = join(root, "DEBIAN/control");
  writeFileSync(control, readFileSync(control, "utf8").replace(/^Version: .*$/m, "$&+newer"));
  const shipped = join(root, config);
  writeFileSync(shipped, `${readFileSync(shipped, "utf8")}# Of the newer version.\n`);
  execFileSync("dpkg-deb", ["--root-owner-group", "-Zgzip", "-z1", "-b", root, path]);
  return readFileSync(path);
}

describe.skipIf(missing !== undefined)(
  "the package on a Debian machine",
  { timeout: 120_000 },
  () => {
    let outside: Outside | undefined;
    let machine: Machine | undefined;

    const debian = (): Machine => machine ?? expect.unreachable();
    const succeed = (commands: string): Promise<string> => debian().succeed(commands);
    const answer = async (commands: string): Promise<string> =>
      (await debian().run(commands)).output.trim();
    const ownerOf = (path: string): Promise<string> => answer(`stat -c '%U:%G %a' ${path}`);
    /** Every file of the machine but those of the system's own bookkeeping. */
    const files = async (): Promise<readonly string[]> => {
      const apart = ["/proc", "/sys", "/dev", "/tmp", "/root", "/run/systemd", "/run/udev"];
      const kept = ["/var/lib/dpkg", "/var/lib/apt", "/var/log", "/var/cache", "/run/log"];
      const pruned = [...apart, ...kept].map((path) => `-path ${path}`).join(" -o ");
      const listed = await succeed(`find / \\( ${pruned} \\) -prune -o -print`);
      return listed.split("\n").filter((path) => path.includes("mailseal"));
    };

    /** Waits until the milter listens. */
    const serving = (): Promise<string> =>
      succeed(`timeout 60 sh -c "until [ -S ${socketDirectory}/milter.sock ]; do sleep 0.1; done"`);

    const start = async (): Promise<void> => {
      outside = await Outside.start();
      machine = await Machine.start(outside);
      await machine.write(deb, readFileSync(debianPackage));
      await machine.write(newer, newerPackage());
    };
    const stop = async (): Promise<void> => {
      await machine?.stop();
      await outside?.stop();
    };

    describe("installed before Postfix", () => {
      beforeAll(start, 120_000);
      afterAll(stop, 60_000);

      test("it starts nothing, and makes the user, the directories and the programs", async () => {
        await succeed(`apt-get install -q -y ${deb}`);
        expect(await answer("systemctl is-enabled mailseal-relay mailseal-worker")).toBe(
          "disabled\ndisabled",
        );
        expect(await answer("systemctl is-failed mailseal-relay mailseal-worker")).toBe(
          "inactive\ninactive",
        );
        expect(await answer("getent passwd mailseal")).toMatch(
          /^mailseal:x:\d+:\d+:Mailseal:\/var\/lib\/mailseal:\/usr\/sbin\/nologin$/,
        );
        expect(await ownerOf("/etc/mailseal")).toBe("root:mailseal 750");
        expect(await ownerOf(config)).toBe("root:mailseal 640");
        expect(await ownerOf("/etc/mailseal/keys")).toBe("root:mailseal 750");
        expect(await ownerOf("/var/lib/mailseal")).toBe("mailseal:mailseal 750");
        expect(await ownerOf("/run/mailseal")).toBe("mailseal:mailseal 755");
        expect((await debian().run(`ls ${dropIn} ${socketDirectory}`)).code).not.toBe(0);
        expect(await answer("command -v node nodejs")).toBe("");
        expect(await succeed("mailseal demo")).toContain(
          "Verified: example.com signed this message",
        );
      });

      test("when Postfix comes, the relay gets its group, its directory, and starts", async () => {
        await succeed(installPostfix);
        expect(await answer(`readlink ${dropIn}`)).toBe("/usr/lib/mailseal/systemd/postfix.conf");
        expect(await ownerOf(socketDirectory)).toBe("mailseal:postfix 2750");
        expect(await answer("systemctl is-enabled mailseal-relay mailseal-worker")).toBe(
          "enabled\ndisabled",
        );
        await serving();
        expect(await ownerOf(`${socketDirectory}/milter.sock`)).toBe("mailseal:postfix 660");
        expect(await answer("systemctl show -P SupplementaryGroups mailseal-relay")).toBe(
          "postfix",
        );
      });

      test("the config as installed passes the check, and signs nothing", async () => {
        expect(await succeed(`mailseal config check ${config}`)).toContain("0 errors, 0 warnings");
        await succeed(
          "postconf -e smtpd_milters=unix:mailseal/milter.sock non_smtpd_milters=unix:mailseal/milter.sock milter_default_action=tempfail milter_protocol=6 && postfix reload",
        );
        await succeed("echo Hello | sendmail -f ada@example.com root@mail.example.com");
        const line = `until journalctl -u mailseal-relay | grep ada@example.com; do sleep 0.1; done`;
        expect(await succeed(`timeout 60 bash -c '${line}'`)).toContain('"result":"not signed');
        const log = await answer("journalctl -u mailseal-relay");
        expect(log).not.toMatch(/"level":"(?:warn|error)"/);
      });

      test("when the group of Postfix goes, so does the drop-in, and the unit still starts", async () => {
        await succeed("apt-get purge -q -y postfix");
        // The purge of some releases leaves the group.
        await succeed(
          "if getent group postfix; then groupdel postfix; dpkg-trigger --no-await --by-package=base-files /usr/sbin/postfix; dpkg --triggers-only --pending; fi",
        );
        expect((await debian().run(`ls ${dropIn}`)).code).not.toBe(0);
        expect(await answer("systemctl show -P SupplementaryGroups mailseal-relay")).toBe("");
        await debian().write(config, bySmtp);
        await succeed("systemctl restart mailseal-relay");
        expect(await answer("systemctl is-active mailseal-relay")).toBe("active");
      });
    });

    describe("installed beside Postfix", () => {
      let before: readonly string[] = [];
      beforeAll(async () => {
        await start();
        await succeed(installPostfix);
        before = await files();
      }, 120_000);
      afterAll(stop, 60_000);

      test("the relay is enabled and serves at once, and the worker is not", async () => {
        await succeed(`dpkg -i ${deb}`);
        expect(await answer("systemctl is-active mailseal-relay mailseal-worker")).toBe(
          "active\ninactive",
        );
        expect(await answer("systemctl is-enabled mailseal-relay mailseal-worker")).toBe(
          "enabled\ndisabled",
        );
      });

      test("an upgrade keeps the changed config and finishes the message in flight", async () => {
        await serving();
        await succeed(`echo '# Changed by hand.' >>${config}`);
        const script = readFileSync(new URL("../support/message-in-flight.pl", import.meta.url));
        await debian().write("/root/in-flight.pl", script);
        await succeed(
          `perl /root/in-flight.pl ${socketDirectory}/milter.sock >/root/in-flight.txt 2>&1 & timeout 30 sh -c "until grep -q 'in flight' /root/in-flight.txt; do sleep 0.1; done"`,
        );
        const old = await answer("systemctl show -P MainPID mailseal-relay");
        await succeed(`dpkg -i --force-confdef --force-confold ${newer}`);
        expect(await answer("cat /root/in-flight.txt")).toBe("in flight\nanswer c");
        expect(await answer("systemctl is-active mailseal-relay mailseal-worker")).toBe(
          "active\ninactive",
        );
        expect(await answer("systemctl show -P MainPID mailseal-relay")).not.toBe(old);
        expect(await answer(`tail -n 1 ${config}`)).toBe("# Changed by hand.");
        expect(await ownerOf(config)).toBe("root:mailseal 640");
        await succeed(`rm ${config}.dpkg-dist`);
      });

      test("what an administrator has disabled stays disabled", async () => {
        await succeed("systemctl disable --now mailseal-relay");
        await succeed(`dpkg -i --force-confdef --force-confold ${deb}`);
        expect(await answer("systemctl is-enabled mailseal-relay")).toBe("disabled");
        expect(await answer("systemctl is-active mailseal-relay")).toBe("inactive");
        await succeed("systemctl enable --now mailseal-relay");
      });

      test("removal stops the relay, keeps config, keys and state, and warns about main.cf", async () => {
        await succeed("mailseal keygen -d example.com -s s1 -o /etc/mailseal/keys");
        await succeed("postconf -e smtpd_milters=unix:mailseal/milter.sock");
        expect(await succeed("apt-get remove -q -y mailseal")).toContain("still names the milter");
        expect(await answer("pgrep -u mailseal")).toBe("");
        const left = (await files()).filter((path) => !before.includes(path));
        expect(left).toEqual(
          expect.arrayContaining([
            config,
            "/etc/mailseal/keys/example.com/s1.key",
            "/var/lib/mailseal",
          ]),
        );
        expect(left.filter((path) => !/^\/(?:etc|var\/lib)\//.test(path))).toEqual([]);
        expect(left).not.toContain(dropIn);
      });

      test("purge removes all but the keys", async () => {
        expect(await succeed("apt-get purge -q -y mailseal")).toContain(
          "/etc/mailseal has files that this package did not make",
        );
        expect((await files()).filter((path) => !before.includes(path)).toSorted()).toEqual([
          "/etc/mailseal",
          "/etc/mailseal/keys",
          "/etc/mailseal/keys/example.com",
          "/etc/mailseal/keys/example.com/s1.key",
        ]);
      });

      test("without keys, purge leaves nothing but the user", async () => {
        await succeed("rm -r /etc/mailseal");
        await succeed(`dpkg -i ${deb}`);
        await succeed("systemctl is-active mailseal-relay");
        await succeed("dpkg --purge mailseal");
        expect(await files()).toEqual(before);
        expect(await answer("getent passwd mailseal")).not.toBe("");
        expect(await answer("systemctl list-units --all 'mailseal*' --no-legend")).toBe("");
      });
    });

    describe("installed where systemd is absent, as in a container", () => {
      beforeAll(start, 120_000);
      afterAll(stop, 60_000);

      /** Runs commands with none of systemd's programs and directories in sight. */
      const withoutSystemd = (commands: string): string => {
        const hidden = [
          "systemctl",
          "systemd-sysusers",
          "systemd-tmpfiles",
          "deb-systemd-helper",
          "deb-systemd-invoke",
        ];
        const hide = hidden.map((name) => `mount --bind /dev/null /usr/bin/${name}`);
        const script = ["set -e", "mount -t tmpfs none /run/systemd", ...hide, commands].join("\n");
        return `unshare --mount sh -c '${script}'`;
      };

      test("it makes the user and the directories, and nothing fails", async () => {
        await succeed(withoutSystemd(`dpkg -i ${deb}`));
        expect(await answer("getent passwd mailseal")).toMatch(
          /^mailseal:x:\d+:\d+:Mailseal:\/var\/lib\/mailseal:\/usr\/sbin\/nologin$/,
        );
        expect(await ownerOf("/var/lib/mailseal")).toBe("mailseal:mailseal 750");
        expect(await ownerOf("/run/mailseal")).toBe("mailseal:mailseal 755");
        expect(await ownerOf(config)).toBe("root:mailseal 640");
      });

      test("it can be upgraded, removed and purged", async () => {
        await succeed(withoutSystemd(`dpkg -i ${newer}`));
        await succeed(withoutSystemd("dpkg --remove mailseal"));
        await succeed(withoutSystemd("dpkg --purge mailseal"));
        expect(await files()).toEqual([]);
      });
    });
  },
);
