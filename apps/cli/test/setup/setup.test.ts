import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { zoneFromJson } from "@mailseal/dns-record";
import { describe, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import type { SetupOptions } from "../../src/setup/options.ts";
import { setUp } from "../../src/setup/setup.ts";
import { undoSetup } from "../../src/setup/undo.ts";
import { type FakeRoot, type FakeRootOptions, fakeRoot } from "../host/fake-root.ts";
import { isRootMissing } from "./root-only.ts";
import { scriptedDialogue } from "./scripted-dialogue.ts";

const unit = "mailseal-relay.service";
const socket = "/var/spool/postfix/mailseal/milter.sock";
const base: SetupOptions = { yes: true, wait: false, test: false };
const answered = { ...base, domain: ["example.com"], selector: "s1" };
/** A machine without Postfix. */
const bare = { systemd: true };

/** A machine with the relay, whose DNS is a file. */
function machineWith(
  options: FakeRootOptions = { postfix: ["myhostname = mx.example.com"], systemd: true },
): FakeRoot {
  const machine = fakeRoot(options);
  machine.write("/usr/bin/mailseal-relay", "#!/bin/sh\n", 0o755);
  machine.write("/usr/lib/mailseal/systemd/mailseal-relay.service", "[Service]\nUser=mailseal\n");
  machine.write(
    "/usr/lib/mailseal/systemd/postfix.conf",
    "[Service]\nSupplementaryGroups=postfix\nReadWritePaths=-/var/spool/postfix/mailseal\n",
  );
  machine.write("/zone.json", "{}");
  machine.write(
    "/etc/mailseal/mailseal.yaml",
    `# Mine.\ndns:\n  zone: ${machine.path("/zone.json")}\n`,
  );
  return machine;
}

/** In the place of the relay: listens as soon as the directory of the socket exists. */
function listenAt(machine: FakeRoot, path: string): void {
  let server: Server | undefined;
  const timer = setInterval(() => {
    const file = machine.path(path);
    if (server !== undefined || !existsSync(join(file, ".."))) return;
    server = createServer().listen(file);
  }, 20);
  onTestFinished(() => {
    clearInterval(timer);
    server?.close();
  });
}

async function run(
  machine: FakeRoot,
  options: Partial<SetupOptions> = {},
  {
    from = answered,
    answers = {},
  }: { readonly from?: SetupOptions; readonly answers?: Readonly<Record<string, string>> } = {},
): Promise<{ readonly code: number; readonly screen: string }> {
  const dialogue = scriptedDialogue(answers);
  const merged = { ...from, ...options };
  const code = await (merged.undo === true
    ? undoSetup(machine.host, merged, dialogue)
    : setUp(machine.host, merged, dialogue));
  return { code, screen: dialogue.screen() };
}

/** Every file with its mode and content, but for what a test itself writes. */
function filesOf(machine: FakeRoot): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const walk = (directory: string): void => {
    for (const name of readdirSync(machine.path(directory)).toSorted()) {
      const path = `${directory}/${name}`;
      const state = statSync(machine.path(path));
      if (/^\/(?:commands|run|zone\.json|usr)$/.test(path) || path.startsWith("/var/spool"))
        continue;
      found.set(path, `${state.mode.toString(8)} ${state.uid} ${state.gid}`);
      if (state.isDirectory()) walk(path);
      else if (state.isFile())
        found.set(path, `${found.get(path)} ${readFileSync(machine.path(path), "utf8")}`);
    }
  };
  walk("");
  return found;
}

function configOf(machine: FakeRoot): unknown {
  return parse(machine.read("/etc/mailseal/mailseal.yaml"));
}

describe.skipIf(isRootMissing)("a setup beside Postfix", () => {
  test("makes everything from nothing, and connects Postfix last", async () => {
    const machine = machineWith();
    listenAt(machine, socket);
    const { code, screen } = await run(machine);
    expect(code).toBe(0);
    expect(configOf(machine)).toMatchObject({
      listeners: [{ listen: `unix:${socket}`, socketGroup: "postfix", direction: "outbound" }],
      domains: {
        "example.com": {
          signing: {
            selector: "s1",
            requirePublished: true,
            key: "/etc/mailseal/keys/example.com/s1.key",
          },
        },
      },
    });
    expect(machine.read("/etc/mailseal/mailseal.yaml")).toContain("# Mine.");
    expect(statSync(machine.path("/etc/mailseal/keys/example.com/s1.key")).mode & 0o777).toBe(
      0o640,
    );
    expect(statSync(machine.path("/var/spool/postfix/mailseal")).mode & 0o7777).toBe(0o2750);
    expect(machine.read(`/etc/systemd/system/${unit}.d/postfix.conf`)).toContain(
      "SupplementaryGroups=postfix",
    );
    const commands = machine.commands();
    expect(commands.indexOf(`systemctl start ${unit}`)).toBeLessThan(
      commands.findIndex((line) =>
        line.startsWith("postconf -e smtpd_milters=unix:mailseal/milter.sock"),
      ),
    );
    expect(commands.at(-1)).toBe("postfix reload");
    expect(screen).toContain("Publish this record in DNS");
    expect(screen).toMatch(/^v=DKIM1; k=rsa; p=\S{392}$/m);
    expect(screen).toMatch(/^s1\._domainkey\.example\.com\. IN TXT \( "v=DKIM1/m);
    expect(screen).toContain("s1._domainkey.example.com: nothing yet");
    expect(screen).not.toContain("PRIVATE KEY");
  });

  test("a second run changes nothing", async () => {
    const machine = machineWith();
    listenAt(machine, socket);
    await run(machine);
    const before = filesOf(machine);
    const count = machine.commands().length;
    const { code, screen } = await run(machine);
    expect(code).toBe(0);
    expect(screen).toContain("Nothing to change: everything is in place");
    expect(filesOf(machine)).toEqual(before);
    expect(machine.commands()).toHaveLength(count);
  });

  test("a second run without an answer asks nothing about the key", async () => {
    const machine = machineWith();
    listenAt(machine, socket);
    await run(machine, { ed25519: true });
    const { screen } = await run(machine, {}, { from: base });
    expect(screen).toContain(
      "The config signs mail of example.com (s1), example.com (s1-ed25519). Another domain is added with --domain.",
    );
    expect(screen).toContain("Nothing to change: everything is in place");
    expect(screen).not.toContain("? ");
  });

  test("a key that the relay cannot read is given to it again, and a missing one is not made anew", async () => {
    const machine = machineWith();
    listenAt(machine, socket);
    await run(machine);
    const key = "/etc/mailseal/keys/example.com/s1.key";
    chmodSync(machine.path(key), 0o600);
    await run(machine, {}, { from: base });
    expect(statSync(machine.path(key)).mode & 0o777).toBe(0o640);
    rmSync(machine.path(key));
    await expect(run(machine, {}, { from: base })).rejects.toThrow(
      `the config signs with ${key}, but there is no such file; put it back, or make a new key with --domain and --selector`,
    );
  });

  test("an undo restores every file, owner and mode", async () => {
    const machine = machineWith();
    const before = filesOf(machine);
    listenAt(machine, socket);
    await run(machine);
    expect(filesOf(machine)).not.toEqual(before);
    const { code, screen } = await run(machine, { undo: true });
    expect(screen).toContain("- private key /etc/mailseal/keys/example.com/s1.key");
    expect(filesOf(machine)).toEqual(before);
    // The socket of the relay of this test is left there.
    expect(code).toBe(1);
    expect(screen).toContain(
      "/var/spool/postfix/mailseal is kept, because it holds other files: milter.sock",
    );
    expect(await run(machine, { undo: true })).toMatchObject({
      code: 0,
      screen: "There is nothing to take back: mailseal setup has changed nothing here.",
    });
  });

  test("a dry run prints each change, and makes none", async () => {
    const machine = machineWith();
    const before = filesOf(machine);
    const { code, screen } = await run(machine, { dryRun: true });
    expect(code).toBe(0);
    expect(filesOf(machine)).toEqual(before);
    expect(machine.commands()).toEqual([]);
    expect(screen).toContain("+++ /etc/mailseal/mailseal.yaml");
    expect(screen).toContain("+    socketGroup: postfix");
    expect(screen).toContain("$ useradd --system");
    expect(screen).toContain("+smtpd_milters = unix:mailseal/milter.sock");
    expect(screen).toContain("$ postfix reload");
  });

  test("every crash leaves a state that a second run completes", async () => {
    const whole = machineWith();
    listenAt(whole, socket);
    await run(whole);
    const changes = JSON.parse(whole.read("/var/lib/mailseal/setup/record.json")) as {
      entries: readonly unknown[];
    };
    expect(changes.entries.length).toBeGreaterThan(8);
    for (const program of ["useradd", "systemctl", "postconf"]) {
      const machine = machineWith();
      listenAt(machine, socket);
      const script = machine.read(`/usr/sbin/${program}`);
      const failing = script.replace(
        "\n",
        '\ncase "$1" in show|-x|-n|-M|[a-z]*_*) ;; *) exit 1 ;; esac\n',
      );
      machine.write(`/usr/sbin/${program}`, failing, 0o755);
      await expect(run(machine)).rejects.toThrow(/Repair this, then run mailseal setup again/);
      machine.write(`/usr/sbin/${program}`, script, 0o755);
      expect(await run(machine)).toMatchObject({ code: 0 });
      expect(configOf(machine)).toMatchObject({ domains: { "example.com": {} } });
      expect(machine.commands().at(-1)).toBe("postfix reload");
    }
  });

  test("Postfix is left alone if the relay does not start", async () => {
    const machine = machineWith({ postfix: [] });
    // Nothing listens, and nobody starts the relay.
    const dialogue = scriptedDialogue();
    const setup = setUp(machine.host, answered, dialogue, { systemdMs: 0, manualMs: 400 });
    await expect(setup).rejects.toThrow(
      /the relay does not listen at .*; start it \(runuser -u mailseal -g mailseal -G postfix -- mailseal-relay --config \/etc\/mailseal\/mailseal\.yaml\), then run mailseal setup again: it goes on from here\. The mail server was not changed\./,
    );
    expect(machine.commands().some((line) => line.startsWith("postconf -e"))).toBe(false);
  });

  test("Postfix is left alone if the unit of the relay fails, with the reason from its log", async () => {
    const machine = machineWith();
    machine.write("/usr/bin/journalctl", '#!/bin/sh\necho "cannot listen: no"\n', 0o755);
    const setup = setUp(machine.host, answered, scriptedDialogue(), {
      systemdMs: 400,
      manualMs: 0,
    });
    await expect(setup).rejects.toThrow(
      /^mailseal-relay\.service does not listen at unix:.*: cannot listen: no\. Look at journalctl -u mailseal-relay\.service -n 20, repair this/,
    );
    expect(machine.commands().some((line) => line.startsWith("postconf -e"))).toBe(false);
  });

  test("published keys are noticed", async () => {
    const machine = machineWith();
    listenAt(machine, socket);
    const first = await run(machine);
    const [record = ""] = /^v=DKIM1;.*$/m.exec(first.screen) ?? [];
    const zone = { "s1._domainkey.example.com": [record] };
    expect(zoneFromJson(zone)).toBeDefined();
    machine.write("/zone.json", JSON.stringify(zone));
    const { code, screen } = await run(machine);
    expect(code).toBe(0);
    expect(screen).toContain("DNS publishes the key");
    expect(screen).toContain("s1._domainkey.example.com: published");
  });

  test("without --no-wait the exit code tells that DNS is not ready", async () => {
    const machine = machineWith();
    listenAt(machine, socket);
    expect(await run(machine, { wait: 0 })).toMatchObject({ code: 75 });
  });

  test("a program publishes the record, also the next time", async () => {
    const machine = machineWith();
    listenAt(machine, socket);
    machine.write(
      "/usr/bin/publish",
      `#!/bin/sh\necho "$MAILSEAL_ACTION $MAILSEAL_NAME" >> ${machine.path("/commands")}\nprintf '{"%s": ["%s"]}' "$MAILSEAL_NAME" "$MAILSEAL_RECORD" > ${machine.path("/zone.json")}\n`,
      0o755,
    );
    const { code, screen } = await run(machine, {
      wait: 30,
      publish: "command",
      publishCommand: machine.path("/usr/bin/publish"),
    });
    expect(code).toBe(0);
    expect(screen).toContain("Handed over by your program.");
    expect(screen).toContain("DNS publishes the key");
    const published = "publish s1._domainkey.example.com";
    expect(machine.commands().filter((line) => line === published)).toHaveLength(1);
    expect(machine.read("/var/lib/mailseal/setup/dns.json")).toContain('"command"');
    machine.write("/zone.json", "{}");
    await run(machine, { wait: 30 });
    expect(machine.commands().filter((line) => line === published)).toHaveLength(2);
  });

  test("an Ed25519 key beside the RSA key is made on request", async () => {
    const machine = machineWith();
    listenAt(machine, socket);
    const { screen } = await run(machine, { ed25519: true });
    expect(machine.has("/etc/mailseal/keys/example.com/s1-ed25519.key")).toBe(true);
    expect(screen).toContain("Publish these records in DNS");
    expect(configOf(machine)).toMatchObject({
      domains: {
        "example.com": {
          signing: { signatures: [{ selector: "s1" }, { selector: "s1-ed25519" }] },
        },
      },
    });
    // The same answers by default.
    const again = await run(machine, { domain: ["example.com"] }, { from: base });
    expect(again.screen).toContain("Nothing to change");
  });
});

describe.skipIf(isRootMissing)("a setup that replaces OpenDKIM", () => {
  const opendkim = [
    "Mode sv",
    "Socket inet:8891@localhost",
    "Domain example.com",
    "Selector old",
    "KeyFile /etc/dkimkeys/old.private",
  ];
  const postfix = [
    "smtpd_milters = inet:localhost:1, inet:localhost:8891, inet:localhost:2",
    "non_smtpd_milters = $smtpd_milters",
  ];
  const withKey = (): FakeRoot => {
    const machine = machineWith({ opendkim, postfix, systemd: true });
    const key = readFileSync(
      join(import.meta.dirname, "../import/fixtures/opendkim/a.private"),
      "utf8",
    );
    machine.write("/etc/dkimkeys/old.private", key, 0o600);
    return machine;
  };

  test("takes over its config, its keys and its place, and gives them back", async () => {
    const machine = withKey();
    const before = filesOf(machine);
    listenAt(machine, socket);
    expect(await run(machine, {}, { from: base })).toMatchObject({ code: 0 });
    expect(machine.read("/etc/mailseal/keys/example.com/old.key")).toContain("PRIVATE KEY");
    expect(configOf(machine)).toMatchObject({
      listeners: [{ listen: `unix:${socket}`, direction: "auto" }],
      domains: { "example.com": { signing: { key: "/etc/mailseal/keys/example.com/old.key" } } },
    });
    expect(machine.commands()).toContain(
      "postconf -e smtpd_milters=inet:localhost:1, unix:mailseal/milter.sock, inet:localhost:2 non_smtpd_milters=$smtpd_milters milter_default_action=tempfail milter_protocol=6 internal_mail_filter_classes=bounce",
    );
    const again = await run(machine, {}, { from: base });
    expect(again.screen).toContain("Nothing to change: everything is in place");
    await run(machine, { undo: true });
    expect(filesOf(machine)).toEqual(before);
  });

  test("leaves it alone on request", async () => {
    const machine = withKey();
    listenAt(machine, socket);
    const { code } = await run(machine, { opendkim: "keep" });
    expect(code).toBe(0);
    expect(machine.read("/etc/postfix/main.cf")).toContain(
      "inet:localhost:1, inet:localhost:8891, inet:localhost:2, unix:mailseal/milter.sock",
    );
  });
});

describe.skipIf(isRootMissing)("a setup without Postfix", () => {
  test("adds the filter to sendmail.mc", async () => {
    const machine = machineWith({ ...bare, sendmail: ["MAILER(`smtp')dnl"] });
    machine.write("/usr/sbin/make", "#!/bin/sh\n", 0o755);
    listenAt(machine, "/run/mailseal/milter.sock");
    machine.write("/run/mailseal/.keep", "");
    const { code } = await run(machine);
    expect(code).toBe(0);
    expect(machine.read("/etc/mail/sendmail.mc")).toMatch(/^INPUT_MAIL_FILTER\(`mailseal', .*F=T/m);
    expect(configOf(machine)).toMatchObject({
      limits: { lineLength: 990 },
      listeners: [{ listen: "unix:/run/mailseal/milter.sock", socketGroup: "smmsp" }],
    });
  });

  test("without sendmail.mc shows the line to add", async () => {
    const machine = machineWith({ ...bare, sendmail: [] });
    rmSync(machine.path("/etc/mail/sendmail.mc"));
    listenAt(machine, "/run/mailseal/milter.sock");
    machine.write("/run/mailseal/.keep", "");
    const { screen } = await run(machine);
    expect(screen).toContain("There is no /etc/mail/sendmail.mc");
    expect(screen).toMatch(/^INPUT_MAIL_FILTER\(`mailseal'/m);
  });

  test("makes the relay a smart host", async () => {
    const machine = machineWith(bare);
    const server = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    const { code } = await run(machine, {
      listen: `127.0.0.1:${port}`,
      nextHop: { host: "smtp.example.net", port: 587 },
    });
    expect(code).toBe(0);
    expect(configOf(machine)).toMatchObject({
      listeners: [
        {
          protocol: "smtp",
          direction: "outbound",
          listen: `127.0.0.1:${port}`,
          binding: "smarthost",
        },
      ],
      bindings: { smarthost: { nextHop: { host: "smtp.example.net", port: 587 } } },
    });
  });
});

describe("agreement", () => {
  const { yes: _yes, ...asking } = answered;

  test("nothing is changed if nobody can agree", async () => {
    const machine = machineWith();
    const dialogue = scriptedDialogue({}, false);
    await expect(setUp(machine.host, asking, dialogue)).rejects.toThrow(
      /nothing was changed, because nobody can agree to the changes without a terminal; give --yes/,
    );
    expect(machine.commands()).toEqual([]);
  });

  test("nothing is changed after a no, and the changes can be shown first", async () => {
    const machine = machineWith();
    const { code, screen } = await run(
      machine,
      {},
      { from: asking, answers: { "Make these changes?": "no" } },
    );
    expect(code).toBe(1);
    expect(screen).toContain("Nothing was changed.");
    expect(machine.commands()).toEqual([]);
  });

  test("the domain is asked for, with the one of the host as its preset", async () => {
    const machine = machineWith();
    const { screen } = await run(machine, { dryRun: true, selector: "s1" }, { from: base });
    expect(screen).toContain("? Domain in the From address of your mail:");
    expect(screen).toContain("/etc/mailseal/keys/example.com/s1.key");
  });
});
