import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { freshRootMissing } from "../src/index.ts";
import { withMailMachine } from "./support/mail-machine.ts";
import { expectSigned, install, sendBySwaks } from "./support/mail.ts";
import { installSendmail, sendmailListens } from "./support/sendmail.ts";

const checks = "--only config relay socket keys later-changes";
const well = /^All is well: \d+ checks\.\n$/;
const otherFilter = "INPUT_MAIL_FILTER(`other', `S=inet:8899@127.0.0.1, F=T')dnl";
const config = `hostname: mail.example.com
signing: { selector: mail2026, key: "/etc/mailseal/keys/%{d}/%{s}.key" }
listeners: [{ protocol: milter, listen: "unix:/run/mailseal/milter.sock", direction: outbound }]
`;

describe.skipIf(freshRootMissing() !== undefined)(
  "mailseal doctor on a machine with Sendmail",
  () => {
    const it = withMailMachine(async ({ machine, outside }) => {
      await installSendmail(machine);
      const milter = new URL("support/planted/other-milter.js", import.meta.url);
      await machine.write("/root/other-milter.mjs", readFileSync(milter));
      await install(machine, "/root/mailseal_1_amd64.deb");
      const made = await machine.succeed(
        "mailseal keygen -d example.com -s mail2026 -o /etc/mailseal/keys --json",
      );
      const { name, record } = JSON.parse(made) as Readonly<Record<"name" | "record", string>>;
      outside.publish(name, { txt: [record] });
      await machine.succeed("cat >/etc/mailseal/mailseal.yaml", { input: config });
      await machine.succeed(`set -e
      chown -R root:mailseal /etc/mailseal/keys; chmod -R u=rwX,g=rX,o= /etc/mailseal/keys
      systemd-run -q --unit=other-milter /usr/lib/mailseal/bin/node /root/other-milter.mjs
      systemctl enable --now mailseal-relay`);
    });

    test.each([
      ["a filter that Sendmail does not have", "milter-not-called", ":"],
      [
        "a filter without F=",
        "passes-unsigned",
        "sed -i '/mailseal/s/, F=T//' /etc/mail/sendmail.mc && make -C /etc/mail && systemctl restart sendmail",
      ],
      [
        "a filter that runs later",
        "milter-after-us",
        `sed -i "/INPUT_MAIL_FILTER(.mailseal'/a ${otherFilter.replaceAll("`", "\\`")}" /etc/mail/sendmail.mc && make -C /etc/mail && systemctl restart sendmail`,
      ],
    ])("finds and mends: %s", async (_, kind, plant) => {
      await it.machine.succeed(plant);
      const { output } = await it.machine.run(`mailseal doctor ${checks} --json`);
      const { findings, unknown } = JSON.parse(output) as {
        readonly findings: readonly { readonly kind: string; readonly command: string }[];
        readonly unknown: readonly unknown[];
      };
      expect([findings.map((finding) => finding.kind), unknown]).toEqual([[kind], []]);
      await it.machine.succeed(findings[0]?.command ?? "false");
      const after = await it.machine.run(`mailseal doctor ${checks}`);
      expect([after.output, after.code]).toEqual([expect.stringMatching(well), 0]);
    });

    test("after all that, mail is signed", async () => {
      await sendmailListens(it.machine);
      expect(sendBySwaks(it.machine)).toMatch(/^250 /);
      await expectSigned(it.outside);
    });
  },
);
