import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { generateKey } from "@mailseal/crypto";
import { formatKeyRecord, keySource, staticResolver, zoneFromJson } from "@mailseal/dns-record";
import { Postfix, postfixMissing } from "@mailseal/testkit/postfix";
import { afterEach, describe, expect, test } from "vitest";
import { type Host, thisHost } from "../../../src/host/host.ts";
import { SetupRecord } from "../../../src/setup/record.ts";
import { judgeOutcome } from "../../../src/setup/test-message/judge-outcome.ts";
import { testThroughPostfix } from "../../../src/setup/test-message/postfix-test.ts";
import { fakeRoot } from "../../host/fake-root.ts";

const missing = postfixMissing();
const isAbsent = missing !== undefined && process.env["CI"] === undefined;

const programs: ReadonlySet<string> = new Set(["postconf", "postfix", "postqueue", "postsuper"]);

/** A machine whose Postfix is that of a test: its programs get the directory of its configuration. */
function hostOf(postfix: Postfix): Host {
  const etc = join(postfix.directory, "etc");
  const { host, path } = fakeRoot();
  // Its files are where they are, but the record is in the root of the test.
  mkdirSync(path("/tmp"));
  symlinkSync(postfix.directory, path(postfix.directory));
  return {
    root: host.root,
    run: (program, args, options) => {
      // It has no pid file for `postfix status`; master reads its files again at SIGHUP.
      if (program === "postfix") {
        if (args[0] === "reload") postfix.reload();
        return Promise.resolve({ status: "ended", code: 0, stdout: "", stderr: "" });
      }
      if (program === "sendmail") {
        return thisHost.run("/usr/sbin/sendmail", ["-C", etc, ...args], options);
      }
      return programs.has(program)
        ? thisHost.run(program, ["-c", etc, ...args], options)
        : host.run(program, args, options);
    },
  };
}

describe.skipIf(isAbsent)("a test message through Postfix", { timeout: 90_000 }, () => {
  const open: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0)) await close();
  });

  async function machineWith(main: Readonly<Record<string, string>> = {}): Promise<{
    readonly postfix: Postfix;
    readonly host: Host;
    readonly record: SetupRecord;
    readonly mainCf: () => string;
  }> {
    const postfix = await Postfix.start({ nextHopPort: 9, main });
    open.push(() => postfix.stop());
    const host = hostOf(postfix);
    const config = join(postfix.directory, "etc", "main.cf");
    return {
      postfix,
      host,
      record: await SetupRecord.open(host),
      mainCf: () => readFileSync(config, "utf8"),
    };
  }

  const unsigned = { domain: "example.com", isSigned: false };

  test("arrives by SMTP and by sendmail(1), and the configuration is as before", async () => {
    const { host, record, mainCf } = await machineWith();
    const before = mainCf();
    const outcomes = await testThroughPostfix(host, record, unsigned);
    expect(outcomes.map(({ way, result }) => [way, result])).toEqual([
      ["by SMTP", "arrived"],
      ["by sendmail(1)", "arrived"],
    ]);
    expect(mainCf()).toBe(before);
    expect(record.entries).toEqual([]);
  });

  test("arrives where Postfix demands a verified certificate", async () => {
    const { host, record } = await machineWith({ smtp_tls_security_level: "secure" });
    const outcomes = await testThroughPostfix(host, record, unsigned);
    expect(outcomes.map(({ result }) => result)).toEqual(["arrived", "arrived"]);
  });

  test("is refused if the relay cannot be reached, and the thing to repair is named", async () => {
    const { host, record, postfix } = await machineWith({
      smtpd_milters: "unix:mailseal/milter.sock",
      milter_default_action: "tempfail",
    });
    const [outcome] = await testThroughPostfix(host, record, unsigned);
    expect(outcome).toMatchObject({
      result: "refused",
      reason: expect.stringMatching(/^451 4\.7\.1 /),
    });
    if (outcome === undefined) return;
    const judgement = await judgeOutcome(outcome, {
      keys: keySource(staticResolver(zoneFromJson({}))),
      domain: "example.com",
      isPublished: true,
      relayAccount: () => Promise.resolve(undefined),
    });
    expect(judgement).toMatchObject({
      state: "fails",
      repair:
        "the mail server cannot reach the relay: look at systemctl status mailseal-relay.service, then run mailseal doctor",
    });
    expect(await postfix.queue()).toEqual([]);
  });

  test("arrives although the queue manager still has the old configuration, and leaves nothing in the queue", async () => {
    const { host, record, postfix } = await machineWith();
    // Nothing listens at its next hop.
    await postfix.sendmail(
      "a@example.com",
      ["test@mailseal-test.invalid"],
      Buffer.from("x\n\ny\n"),
    );
    await postfix.waitForLog(/status=deferred/);
    expect(await postfix.queue()).toHaveLength(1);
    const outcomes = await testThroughPostfix(host, record, unsigned);
    expect(outcomes.map(({ result }) => result)).toEqual(["arrived", "arrived"]);
    expect(await postfix.queue()).toEqual([]);
  });
});

describe("an unsigned message", () => {
  const key = generateKey({ type: "ed25519" });
  const zone = { "s1._domainkey.example.com": [formatKeyRecord(key.publicKey)] };
  const keys = keySource(staticResolver(zoneFromJson(zone)));
  const mail = { mark: "m", recipient: "r@x.invalid", bytes: Buffer.from("") };
  const bytes = Buffer.from("From: s@example.com\r\n\r\nhi\r\n");
  const outcome = { way: "by SMTP", mail, result: "arrived", bytes } as const;
  const judge = (isPublished: boolean, said?: string): ReturnType<typeof judgeOutcome> =>
    judgeOutcome(outcome, {
      keys,
      domain: "example.com",
      isPublished,
      relayAccount: () => Promise.resolve(said === undefined ? undefined : { result: said }),
    });

  test("is right as long as DNS does not publish the key", async () => {
    expect(await judge(false)).toMatchObject({ state: "waits" });
  });

  test.each([
    [undefined, /^the relay did not see the message: mailseal doctor/],
    ["not signed: not-published", /^the relay still has an older answer of DNS: systemctl reload/],
    [
      "not signed: foreign-client",
      /relayNetworks of the listener in \/etc\/mailseal\/mailseal\.yaml/,
    ],
  ])("of which the relay says %j has one remedy", async (said, repair) => {
    expect(await judge(true, said)).toMatchObject({
      state: "fails",
      repair: expect.stringMatching(repair),
    });
  });
});
