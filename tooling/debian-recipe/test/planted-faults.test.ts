import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { freshRootMissing } from "../src/index.ts";
import { withMailMachine } from "./support/mail-machine.ts";
import { expectSigned, install, sendBySwaks } from "./support/mail.ts";
import { faults, type Planted } from "./support/planted/faults.ts";
import { NameServer, nameServerAddress, nameServerMissing } from "./support/planted/name-server.ts";
import { TimeServer, timeServerAddress } from "./support/planted/time-server.ts";

const missing = freshRootMissing() ?? nameServerMissing();
if (missing !== undefined) console.error(`No faults are planted for mailseal doctor: ${missing}.`);

const config = `hostname: mail.example.com
signing: { selector: mail2026, key: "/etc/mailseal/keys/%{d}/%{s}.key" }
listeners:
  - protocol: milter
    listen: "unix:/var/spool/postfix/mailseal/milter.sock"
    socketMode: "0660"
    socketGroup: postfix
    direction: outbound
`;
const milters =
  "smtpd_milters=unix:mailseal/milter.sock non_smtpd_milters=unix:mailseal/milter.sock";
const revokedRecord = 'mail2025._domainkey IN TXT "v=DKIM1; p="';
const well = /^All is well: \d+ checks\.\n$/;

describe.skipIf(missing !== undefined)("mailseal doctor on a machine with Postfix", () => {
  let nameServer: NameServer;
  let timeServer: TimeServer;
  let planted: Planted;

  const mail = withMailMachine(async ({ machine, outside }) => {
    nameServer = new NameServer(outside);
    await nameServer.serve([]);
    timeServer = await TimeServer.start(outside);
    const milter = new URL("support/planted/other-milter.js", import.meta.url);
    await machine.write("/root/other-milter.mjs", readFileSync(milter));
    await install(machine, "postfix systemd-timesyncd /root/mailseal_1_amd64.deb");
    await machine.succeed(`set -e
      echo nameserver ${nameServerAddress} >/etc/resolv.conf
      printf '[Time]\\nNTP=${timeServerAddress}\\n' >/etc/systemd/timesyncd.conf
      postconf -e ${milters} internal_mail_filter_classes=bounce myorigin=example.com
      postconf -e 'relayhost = [192.0.2.25]' && postfix reload`);
    await machine.succeed("cat >/etc/mailseal/mailseal.yaml", { input: config });
    await machine.succeed("umask 077; cat >/etc/mailseal/update.key", {
      input: nameServer.tsigKey,
    });
    const settings = {
      method: "update",
      server: nameServerAddress,
      tsigKeyFile: "/etc/mailseal/update.key",
    };
    await machine.write("/var/lib/mailseal/setup/dns.json", JSON.stringify({ publish: settings }));
    const [record, oldRecord] = [await recordOf("mail2026"), await recordOf("mail2025")];
    await machine.succeed(`set -e
      chown -R root:mailseal /etc/mailseal/keys; chmod -R u=rwX,g=rX,o= /etc/mailseal/keys
      touch -d '-400 days' /etc/mailseal/keys/example.com/mail2025.key
      touch -d '-10 days' /etc/mailseal/keys/example.com/mail2026.key
      systemctl restart mailseal-relay`);
    planted = { machine, nameServer, timeServer, record, oldRecord, revokedRecord };
    await nameServer.serve([record, revokedRecord]);

    /** Makes a key; resolves to its record as a line of the zone. Receivers look it up as well. */
    async function recordOf(selector: string): Promise<string> {
      const made = await machine.succeed(
        `mailseal keygen -d example.com -s ${selector} -o /etc/mailseal/keys --json`,
      );
      const { name, record: text } = JSON.parse(made) as Readonly<
        Record<"name" | "record", string>
      >;
      outside.publish(name, { txt: [text] });
      const strings = text.match(/.{1,250}/g) ?? [];
      return `${selector}._domainkey IN TXT ${strings.map((it) => `"${it}"`).join(" ")}`;
    }
  });
  afterAll(async () => {
    await nameServer?.stop();
    await timeServer?.stop();
  });

  /** Runs the command of the first finding, exactly as doctor prints it, line breaks and all. */
  async function mend(): Promise<{ readonly code: number; readonly output: string }> {
    const { output } = await mail.machine.run("mailseal doctor");
    const [, command = ""] = /^ {2}\$ (.*(?:\n {4}.*)*)$/m.exec(output) ?? [];
    expect(command).not.toBe("");
    return mail.machine.run(command);
  }

  test("finds nothing wrong in an installation that works", async () => {
    const { code, output } = await mail.machine.run("mailseal doctor");
    expect([output, code]).toEqual([expect.stringMatching(well), 0]);
  });

  test.each(faults)("finds and mends: $name", async ({ kind, plant, needsHelp, afterwards }) => {
    await plant(planted);
    const found = await mail.machine.run("mailseal doctor --json");
    const { findings, unknown } = JSON.parse(found.output) as {
      readonly findings: readonly { readonly kind: string }[];
      readonly unknown: readonly unknown[];
    };
    expect([findings.map((finding) => finding.kind), unknown, found.code]).toEqual([[kind], [], 1]);
    const mended = await mend();
    if (needsHelp === undefined) expect([mended.output, mended.code]).toEqual([mended.output, 0]);
    await needsHelp?.(planted);
    const after = await mail.machine.run("mailseal doctor");
    expect([after.output, after.code]).toEqual([expect.stringMatching(well), 0]);
    await afterwards?.(planted);
  });

  test("after all that, mail is signed", async () => {
    expect(sendBySwaks(mail.machine)).toMatch(/^250 /);
    await expectSigned(mail.outside);
  });

  test("header checks break signatures after signing, and do not where the command puts them", async () => {
    const fault = faults.find(({ kind }) => kind === "header-checks-after-us");
    await fault?.plant(planted);
    sendBySwaks(mail.machine);
    const broken = await mail.outside.nextMail();
    expect(broken.bytes.toString()).toContain("Subject: [example.com]");
    expect(mail.outside.verdicts(broken.bytes).dkimpy).toContain("failed");
    await mend();
    sendBySwaks(mail.machine);
    const { bytes } = await expectSigned(mail.outside);
    expect(bytes.toString()).toContain("Subject: [example.com]");
  });
});
