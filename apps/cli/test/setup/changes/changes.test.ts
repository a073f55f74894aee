import { lstatSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { loadPrivateKey } from "@mailseal/crypto";
import { describe, expect, test } from "vitest";
import { actionsOf, type Change } from "../../../src/setup/changes/change.ts";
import { SetupRecord } from "../../../src/setup/record.ts";
import { type FakeRoot, fakeRoot } from "../../host/fake-root.ts";
import { isRootMissing } from "../root-only.ts";

const root = { user: "root", group: "root" };

async function make(machine: FakeRoot, ...changes: readonly Change[]): Promise<SetupRecord> {
  const record = await SetupRecord.open(machine.host);
  for (const change of changes) await record.make(change);
  return record;
}

async function undo(machine: FakeRoot): Promise<readonly string[]> {
  return (await SetupRecord.open(machine.host)).undo(() => true);
}

function isMade(machine: FakeRoot, change: Change): Promise<boolean> {
  return actionsOf(change).isMade(machine.host);
}

describe.skipIf(isRootMissing)("a user and a group", () => {
  const changes: readonly Change[] = [
    { kind: "group", name: "mailseal" },
    { kind: "user", name: "mailseal", home: "/var/lib/mailseal" },
  ];

  test("are made once, and removed", async () => {
    const machine = fakeRoot();
    const before = machine.read("/etc/passwd");
    await make(machine, ...changes);
    expect(machine.read("/etc/passwd")).toContain("\nmailseal:");
    for (const change of changes) expect(await isMade(machine, change)).toBe(true);
    expect(await undo(machine)).toEqual([]);
    expect(machine.read("/etc/passwd")).toBe(before);
    expect(machine.read("/etc/group")).not.toContain("mailseal");
  });

  test("are shown as the commands that make them", async () => {
    const { host } = fakeRoot();
    const lines = await Promise.all(changes.map((change) => actionsOf(change).describe(host)));
    expect(lines.flatMap(({ lines: commands }) => commands)).toEqual([
      "$ groupadd --system mailseal",
      "$ useradd --system --gid=mailseal --home-dir=/var/lib/mailseal --no-create-home --shell=/usr/sbin/nologin mailseal",
    ]);
  });
});

describe.skipIf(isRootMissing)("a directory", () => {
  const change: Change = { kind: "directory", path: "/etc/x", mode: 0o2750, owner: root };

  test("is made with its owner and mode, and removed", async () => {
    const machine = fakeRoot();
    expect(await isMade(machine, change)).toBe(false);
    await make(machine, change);
    expect(statSync(machine.path("/etc/x")).mode & 0o7777).toBe(0o2750);
    expect(await isMade(machine, change)).toBe(true);
    expect(await undo(machine)).toEqual([]);
    expect(machine.has("/etc/x")).toBe(false);
  });

  test("that existed gets its old mode back", async () => {
    const machine = fakeRoot();
    machine.write("/etc/x/file", "");
    const { mode } = statSync(machine.path("/etc/x"));
    await make(machine, change);
    await undo(machine);
    expect(statSync(machine.path("/etc/x")).mode).toBe(mode);
    expect(machine.has("/etc/x/file")).toBe(true);
  });

  test("with somebody else's files stays, and the reason is given", async () => {
    const machine = fakeRoot();
    await make(machine, change);
    machine.write("/etc/x/mine", "");
    expect(await undo(machine)).toEqual(["/etc/x is kept, because it holds other files: mine"]);
  });

  test("is not made where a file is", async () => {
    const machine = fakeRoot();
    machine.write("/etc/x", "");
    await expect(make(machine, change)).rejects.toThrow(
      /exists but is not a directory; move it away/,
    );
  });
});

describe.skipIf(isRootMissing)("a file", () => {
  const change: Change = {
    kind: "file",
    path: "/etc/x.yaml",
    content: "a: 1\nb: 3\n",
    encoding: "utf8",
    mode: 0o640,
    owner: root,
  };

  test("that is new is removed", async () => {
    const machine = fakeRoot();
    await make(machine, change);
    expect(machine.read("/etc/x.yaml")).toBe("a: 1\nb: 3\n");
    expect(await isMade(machine, change)).toBe(true);
    await undo(machine);
    expect(machine.has("/etc/x.yaml")).toBe(false);
  });

  test("that existed comes back with its mode", async () => {
    const machine = fakeRoot();
    machine.write("/etc/x.yaml", "a: 1\nb: 2\n", 0o600);
    await make(machine, change);
    expect(statSync(machine.path("/etc/x.yaml")).mode & 0o777).toBe(0o640);
    await undo(machine);
    expect(machine.read("/etc/x.yaml")).toBe("a: 1\nb: 2\n");
    expect(statSync(machine.path("/etc/x.yaml")).mode & 0o777).toBe(0o600);
  });

  test("that somebody changed since is kept, and the old one is named", async () => {
    const machine = fakeRoot();
    machine.write("/etc/x.yaml", "a: 1\n");
    await make(machine, change);
    machine.write("/etc/x.yaml", "mine\n");
    expect(await undo(machine)).toEqual([
      "/etc/x.yaml is kept, because it was changed after the setup; the file from before the setup is in /var/lib/mailseal/setup/files/1-etc-x.yaml",
    ]);
    expect(machine.read("/etc/x.yaml")).toBe("mine\n");
  });

  test("is shown as a diff", async () => {
    const machine = fakeRoot();
    machine.write("/etc/x.yaml", "a: 1\nb: 2\n");
    const { title, lines } = await actionsOf(change).describe(machine.host);
    expect(title).toBe("changed file /etc/x.yaml (root:root 0640)");
    expect(lines).toEqual([
      "--- /etc/x.yaml",
      "+++ /etc/x.yaml",
      "@@ -1,2 +1,2 @@",
      " a: 1",
      "-b: 2",
      "+b: 3",
    ]);
  });

  test("that is new is shown as a diff from nothing", async () => {
    const { title, lines } = await actionsOf(change).describe(fakeRoot().host);
    expect(title).toBe("new file /etc/x.yaml (root:root 0640)");
    expect(lines).toEqual([
      "--- /dev/null",
      "+++ /etc/x.yaml",
      "@@ -0,0 +1,2 @@",
      "+a: 1",
      "+b: 3",
    ]);
  });
});

describe.skipIf(isRootMissing)("a key", () => {
  const path = "/etc/s.key";
  const change = (type: "rsa" | "ed25519"): Change => ({
    kind: "key",
    path,
    source: { from: "new", type },
    owner: root,
  });

  test.each(["rsa", "ed25519"] as const)("of type %s is made, and removed", async (type) => {
    const machine = fakeRoot();
    await make(machine, change(type));
    expect(loadPrivateKey(readFileSync(machine.path(path))).type).toBe(type);
    expect(statSync(machine.path(path)).mode & 0o777).toBe(0o640);
    expect(machine.read("/var/lib/mailseal/setup/record.json")).not.toContain("PRIVATE");
    await undo(machine);
    expect(machine.has(path)).toBe(false);
  });

  test("that exists is never replaced, only its mode is corrected", async () => {
    const machine = fakeRoot();
    machine.write(path, "key", 0o644);
    expect(await isMade(machine, change("rsa"))).toBe(false);
    await make(machine, change("rsa"));
    expect(machine.read(path)).toBe("key");
    expect(statSync(machine.path(path)).mode & 0o777).toBe(0o640);
    await undo(machine);
    expect(machine.read(path)).toBe("key");
    expect(statSync(machine.path(path)).mode & 0o777).toBe(0o644);
  });

  test("that is a link is refused before it is in the record, and stays a link", async () => {
    const machine = fakeRoot();
    machine.write("/etc/dkimkeys/a.private", "pem", 0o600);
    symlinkSync(machine.path("/etc/dkimkeys/a.private"), machine.path(path));
    await expect(make(machine, change("rsa"))).rejects.toThrow(`${path} is not a regular file`);
    expect((await SetupRecord.open(machine.host)).entries).toEqual([]);
    expect(await undo(machine)).toEqual([]);
    expect(lstatSync(machine.path(path)).isSymbolicLink()).toBe(true);
    expect(statSync(machine.path("/etc/dkimkeys/a.private")).mode & 0o777).toBe(0o600);
  });

  test("of another program is copied, and the original stays", async () => {
    const machine = fakeRoot();
    machine.write("/etc/dkimkeys/a.private", "pem", 0o600);
    const source = { from: "file", file: "/etc/dkimkeys/a.private" } as const;
    await make(machine, { kind: "key", path, source, owner: root });
    expect(machine.read(path)).toBe("pem");
    await undo(machine);
    expect(machine.has(path)).toBe(false);
    expect(machine.read("/etc/dkimkeys/a.private")).toBe("pem");
  });
});

describe.skipIf(isRootMissing)("the parameters of Postfix", () => {
  const change: Change = {
    kind: "postfix",
    configDirectory: "/etc/postfix",
    parameters: [
      ["smtpd_milters", "unix:mailseal/milter.sock"],
      ["milter_default_action", "tempfail"],
    ],
    services: [],
    isTemporary: false,
  };
  const main = [
    "# The name of this host",
    "myhostname = mx.example.com",
    "smtpd_milters =",
    "  inet:localhost:8891",
    "relayhost =",
  ];

  test("are set by one command, and main.cf comes back byte for byte", async () => {
    const machine = fakeRoot({ postfix: main });
    const before = machine.read("/etc/postfix/main.cf");
    await make(machine, change);
    expect(machine.commands()).toEqual([
      "postconf -e smtpd_milters=unix:mailseal/milter.sock milter_default_action=tempfail",
      "postfix reload",
    ]);
    expect(await isMade(machine, change)).toBe(true);
    expect(await undo(machine)).toEqual([]);
    expect(machine.read("/etc/postfix/main.cf")).toBe(before);
    expect(machine.commands().at(-1)).toBe("postfix reload");
  });

  test("are put back one by one if somebody has changed others since", async () => {
    const machine = fakeRoot({ postfix: main });
    await make(machine, change);
    writeFileSync(
      machine.path("/etc/postfix/main.cf"),
      machine.read("/etc/postfix/main.cf").replace("relayhost =", "relayhost = [smtp.example.net]"),
    );
    expect(await undo(machine)).toEqual([]);
    const text = machine.read("/etc/postfix/main.cf");
    expect(text).toContain("relayhost = [smtp.example.net]");
    expect(text).toContain("smtpd_milters = inet:localhost:8891");
    expect(text).not.toContain("milter_default_action");
  });

  test("that somebody has changed since are kept", async () => {
    const machine = fakeRoot({ postfix: main });
    await make(machine, change);
    await machine.host.run("postconf", ["-e", "smtpd_milters=inet:localhost:1"]);
    expect(await undo(machine)).toEqual([
      "smtpd_milters of Postfix is kept, because somebody changed it after the setup; compare with postconf smtpd_milters",
    ]);
    expect(machine.read("/etc/postfix/main.cf")).toContain("smtpd_milters = inet:localhost:1");
  });

  test("are shown with the old values", async () => {
    const machine = fakeRoot({ postfix: main });
    const { lines } = await actionsOf(change).describe(machine.host);
    expect(lines).toContain("-smtpd_milters = inet:localhost:8891");
    expect(lines).toContain("+smtpd_milters = unix:mailseal/milter.sock");
    expect(lines).toContain("+milter_default_action = tempfail");
  });

  test("of a service are changed in master.cf, which comes back too", async () => {
    const machine = fakeRoot({
      postfix: main,
      master: ["submission inet n - y - - smtpd", "  -o smtpd_milters=inet:localhost:8891"],
    });
    const before = machine.read("/etc/postfix/master.cf");
    const withService: Change = {
      ...change,
      services: [["submission/inet/smtpd_milters", "unix:mailseal/milter.sock"]],
    };
    await make(machine, withService);
    expect(machine.read("/etc/postfix/master.cf")).toContain(
      "-o smtpd_milters=unix:mailseal/milter.sock",
    );
    expect(await isMade(machine, withService)).toBe(true);
    await undo(machine);
    expect(machine.read("/etc/postfix/master.cf")).toBe(before);
  });
});

describe.skipIf(isRootMissing)("a service", () => {
  const unit = "mailseal-relay.service";
  const change: Change = { kind: "service", unit, refresh: "nothing" };

  test("is enabled and started, then stopped and disabled", async () => {
    const machine = fakeRoot({ systemd: true });
    await make(machine, change);
    expect(await isMade(machine, change)).toBe(true);
    await undo(machine);
    expect(machine.commands()).toEqual([
      `systemctl enable ${unit}`,
      `systemctl start ${unit}`,
      `systemctl disable ${unit}`,
      `systemctl stop ${unit}`,
    ]);
  });

  test("that ran before is only reloaded, and goes on running after an undo", async () => {
    const machine = fakeRoot({ systemd: true });
    await machine.host.run("systemctl", ["enable", "--now", unit]);
    await make(machine, { ...change, refresh: "reload" });
    await undo(machine);
    expect(machine.commands().slice(1)).toEqual([`systemctl reload ${unit}`]);
  });
});

describe.skipIf(isRootMissing)("the macros of Sendmail", () => {
  const content = "MAILER(`smtp')dnl\nINPUT_MAIL_FILTER(`mailseal', `S=x')dnl\n\xe9\n";
  const change: Change = { kind: "sendmail", path: "/etc/mail/sendmail.mc", content };
  const machineWithSendmail = (): FakeRoot => {
    const machine = fakeRoot({ sendmail: [] });
    writeFileSync(machine.path("/etc/mail/sendmail.mc"), Buffer.from("old \xe9\n", "latin1"));
    machine.write(
      "/usr/sbin/make",
      '#!/bin/sh\necho "make $*" >> "$(dirname "$0")/../../commands"\n',
      0o755,
    );
    machine.write(
      "/etc/init.d/sendmail",
      '#!/bin/sh\necho "sendmail $*" >> "$(dirname "$0")/../../commands"\n',
      0o755,
    );
    return machine;
  };

  test("are built into the configuration, and come back in their charset", async () => {
    const machine = machineWithSendmail();
    await make(machine, change);
    expect(readFileSync(machine.path("/etc/mail/sendmail.mc"), "latin1")).toBe(content);
    expect(machine.commands()).toEqual(["make -C /etc/mail", "sendmail restart"]);
    await undo(machine);
    expect(readFileSync(machine.path("/etc/mail/sendmail.mc"), "latin1")).toBe("old \xe9\n");
    expect(machine.commands()).toHaveLength(4);
  });
});
