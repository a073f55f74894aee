import { describe, expect, test } from "vitest";
import { freshRootMissing } from "../src/fresh-root.ts";
import { publishRecords } from "../src/guide.ts";
import { type MailMachine, withMailMachine } from "./support/mail-machine.ts";
import { expectBothSigned, install } from "./support/mail.ts";
import { installPostfix } from "./support/postfix.ts";
import { timed } from "./support/timed.ts";

/** An OpenDKIM as Debian's wiki and most how-tos install it. */
const opendkimConf = `Syslog yes
SyslogSuccess yes
UMask 007
Mode sv
Domain example.com
Selector old2020
KeyFile /etc/dkimkeys/old2020.private
Canonicalization relaxed/relaxed
OversignHeaders From
PidFile /run/opendkim/opendkim.pid
UserID opendkim
Socket local:/var/spool/postfix/opendkim/opendkim.sock
`;

async function installOpendkim({ machine, outside }: MailMachine): Promise<void> {
  await installPostfix(machine, "y");
  await install(machine, "opendkim opendkim-tools");
  await machine.write("/etc/opendkim.conf", opendkimConf);
  const commands = [
    "opendkim-genkey -a -D /etc/dkimkeys -d example.com -s old2020",
    "chown opendkim:opendkim /etc/dkimkeys/old2020.private",
    "install -d -o opendkim -g postfix -m 0750 /var/spool/postfix/opendkim",
    "adduser --quiet postfix opendkim",
    "systemctl restart opendkim",
    "postconf -e smtpd_milters=unix:opendkim/opendkim.sock 'non_smtpd_milters=$smtpd_milters'",
    "systemctl restart postfix",
  ];
  await machine.succeed(commands.join(" &&\n"));
  publishRecords(await machine.succeed("cat /etc/dkimkeys/old2020.txt"), outside);
}

describe.skipIf(freshRootMissing() !== undefined)(
  "mailseal setup beside a working OpenDKIM",
  () => {
    const it = withMailMachine(installOpendkim);
    /** How many messages OpenDKIM has signed. */
    const signedByOpendkim = async (): Promise<number> => {
      const log = await it.machine.succeed("journalctl -u opendkim -o cat");
      return log.split("DKIM-Signature field added").length - 1;
    };
    const sendsSigned = (): Promise<void> => expectBothSigned(it, "old2020");
    const milters = (): Promise<string> =>
      it.machine.succeed("postconf -h smtpd_milters non_smtpd_milters");

    test("OpenDKIM signs at first", async () => {
      await sendsSigned();
      expect(await signedByOpendkim()).toBe(2);
    });

    test("setup takes over its key and its place", async () => {
      await it.machine.succeed("apt install ./mailseal_*.deb");
      await timed("mailseal setup in the place of OpenDKIM", () =>
        it.machine.succeed("mailseal setup --yes"),
      );
      await sendsSigned();
      expect(await signedByOpendkim()).toBe(2);
      expect(await milters()).not.toContain("opendkim");
    });

    test("--undo gives its place back", async () => {
      await it.machine.succeed("mailseal setup --undo --yes");
      expect(await milters()).toBe("unix:opendkim/opendkim.sock\n$smtpd_milters\n");
      await sendsSigned();
      expect(await signedByOpendkim()).toBe(4);
    });
  },
);
