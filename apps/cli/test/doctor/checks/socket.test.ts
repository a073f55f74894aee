import { chmodSync, chownSync, rmSync } from "node:fs";
import { getuid } from "node:process";
import { describe, expect, test } from "vitest";
import { socketCheck } from "../../../src/doctor/checks/socket.ts";
import { installationOn } from "../../../src/doctor/installation.ts";
import { debianServices, fakeRoot } from "../../host/fake-root.ts";
import { examined } from "../support/examined.ts";
import { addsFields, serveMilterGreeting } from "../support/milter-server.ts";
import { mailseal, postfixRoot, withoutFolders } from "../support/postfix-root.ts";

// Only root can try what the user of Postfix may do.
describe.skipIf(getuid?.() !== 0)("the socket", () => {
  test("is well if Postfix can connect, in the chroot and out of it", async () => {
    for (const master of [
      debianServices,
      debianServices.map((line) => line.replace(" y ", " n ")),
    ]) {
      const { installation, socket } = postfixRoot({ master });
      await serveMilterGreeting(socket, addsFields);
      expect(await examined(socketCheck, installation)).toEqual({
        findings: [],
        kinds: [],
        unknown: [],
        applies: true,
      });
    }
  });

  test("at which nothing listens is a stopped relay, whether its file is there or not", async () => {
    const { installation } = postfixRoot();
    const { findings } = await examined(socketCheck, installation);
    expect(findings).toMatchObject([
      { kind: "relay-stopped", command: "systemctl restart mailseal-relay" },
    ]);
  });

  test("of a relay that has just started is waited for", async () => {
    const { installation, socket, host } = postfixRoot({ isRunning: true });
    // Its state is asked for after the first attempt.
    let asked = 0;
    const run: typeof host.run = async (program, ...rest) => {
      if (program === "systemctl" && ++asked === 1) await serveMilterGreeting(socket, addsFields);
      return host.run(program, ...rest);
    };
    const waiting = { ...installation, host: { ...host, run } };
    expect((await examined(socketCheck, waiting)).kinds).toEqual([]);
    expect(asked).toBe(1);
  });

  test("of a relay that does not start with the machine is enabled as well", async () => {
    const { installation, path } = postfixRoot();
    rmSync(path("/etc/systemd/system/multi-user.target.wants/mailseal-relay.service"));
    const { findings } = await examined(socketCheck, installation);
    expect(findings).toMatchObject([{ command: "systemctl enable --now mailseal-relay" }]);
  });

  test("in a directory that Postfix may not enter names the directory", async () => {
    const { installation, socket, path } = postfixRoot();
    await serveMilterGreeting(socket, addsFields);
    chownSync(path("/var/spool/postfix/mailseal"), mailseal.uid, mailseal.gid);
    chmodSync(path("/var/spool/postfix/mailseal"), 0o750);
    const { findings } = await examined(socketCheck, installation);
    expect(findings).toEqual([
      {
        kind: "socket-directory-closed",
        what: "User postfix may not enter /var/spool/postfix/mailseal (mode 0750)",
        command:
          "chown mailseal:postfix /var/spool/postfix/mailseal && chmod 2750 /var/spool/postfix/mailseal",
      },
    ]);
  });

  test("of another group names both groups", async () => {
    const { installation, socket } = postfixRoot();
    await serveMilterGreeting(socket, addsFields);
    chownSync(socket, mailseal.uid, mailseal.gid);
    chmodSync(socket, 0o660);
    const { findings } = await examined(socketCheck, installation);
    expect(findings).toEqual([
      {
        kind: "socket-group-wrong",
        what: "/var/spool/postfix/mailseal/milter.sock is of group mailseal, mode 0660; user postfix is in group postfix",
        command: "systemctl restart mailseal-relay",
      },
    ]);
  });

  test("is tried with the first group of Postfix only, as Postfix gives up the others", async () => {
    const { installation, socket, write, read } = postfixRoot();
    write("/etc/group", read("/etc/group").replace(/^(mailseal:.*)$/m, "$1postfix"));
    await serveMilterGreeting(socket, addsFields);
    chownSync(socket, mailseal.uid, mailseal.gid);
    chmodSync(socket, 0o660);
    expect((await examined(socketCheck, installation)).kinds).toEqual(["socket-group-wrong"]);
  });

  test("named by its full path is out of reach for a chrooted smtpd only", async () => {
    const main = [
      "smtpd_milters = unix:/var/spool/postfix/mailseal/milter.sock",
      "non_smtpd_milters = $smtpd_milters",
    ];
    const chrooted = postfixRoot({ main });
    await serveMilterGreeting(chrooted.socket, addsFields);
    const { findings } = await examined(socketCheck, chrooted.installation);
    expect(findings).toEqual([
      {
        kind: "socket-outside-chroot",
        what: "Postfix runs as postfix in /var/spool/postfix, where unix:/var/spool/postfix/mailseal/milter.sock leads elsewhere",
        command:
          "postconf -e 'smtpd_milters = unix:mailseal/milter.sock' 'non_smtpd_milters = unix:mailseal/milter.sock' && postfix reload",
      },
    ]);
    const open = postfixRoot({
      main,
      master: debianServices.map((line) => line.replace(" y ", " n ")),
    });
    await serveMilterGreeting(open.socket, addsFields);
    expect((await examined(socketCheck, open.installation)).kinds).toEqual([]);
  });

  test("that Postfix does not call is added after the other milters", async () => {
    const main = ["smtpd_milters = inet:localhost:8893", "non_smtpd_milters ="];
    const { installation, socket } = postfixRoot({ main });
    await serveMilterGreeting(socket, addsFields);
    const { findings } = await examined(socketCheck, installation);
    expect(findings).toMatchObject([
      {
        kind: "milter-not-called",
        command:
          "postconf -e 'smtpd_milters = inet:localhost:8893, unix:mailseal/milter.sock' 'non_smtpd_milters = unix:mailseal/milter.sock' && postfix reload",
      },
    ]);
  });

  test("that only smtpd calls leaves local mail unsigned", async () => {
    const main = ["smtpd_milters = unix:mailseal/milter.sock", "milter_default_action = accept"];
    const { installation, socket } = postfixRoot({ main });
    await serveMilterGreeting(socket, addsFields);
    const { findings } = await examined(socketCheck, installation);
    expect(findings).toMatchObject([
      {
        kind: "local-mail-unsigned",
        command: "postconf -e 'non_smtpd_milters = unix:mailseal/milter.sock' && postfix reload",
      },
      {
        kind: "passes-unsigned",
        command: "postconf -e 'milter_default_action = tempfail' && postfix reload",
      },
    ]);
  });

  test("of Sendmail is looked up in its configuration", async () => {
    const { host, write } = fakeRoot({ sendmail: ["dnl nothing"] });
    write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nmailseal:x:54701:0::/:/bin/false\n");
    const { configFile } = postfixRoot();
    const { kinds } = await examined(socketCheck, installationOn(host, configFile, withoutFolders));
    expect(kinds).toEqual(["milter-not-called", "relay-stopped"]);
  });
});

test("a machine without a mail server has no socket to check", async () => {
  const { host } = fakeRoot();
  const { configFile } = postfixRoot();
  expect(
    await examined(socketCheck, installationOn(host, configFile, withoutFolders)),
  ).toMatchObject({
    kinds: [],
    applies: false,
  });
});
