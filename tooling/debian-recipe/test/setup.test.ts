import { describe, expect, test } from "vitest";
import { freshRootMissing } from "../src/fresh-root.ts";
import { Guide } from "../src/guide.ts";
import { withMailMachine } from "./support/mail-machine.ts";
import {
  expectContentDoctor,
  expectBothSigned,
  expectSigned,
  expectUnsigned,
  sendBySwaks,
} from "./support/mail.ts";
import { installPostfix, placesOfSmtpd } from "./support/postfix.ts";
import { installSendmail, sendmailListens } from "./support/sendmail.ts";
import { timed } from "./support/timed.ts";

const guide = Guide.read("postfix.md");
const sendmailGuide = Guide.read("sendmail.md");

describe.skipIf(freshRootMissing() !== undefined).each(placesOfSmtpd)(
  "the guide for Postfix by mailseal setup, smtpd %s",
  (_, chroot) => {
    const it = withMailMachine(({ machine }) => installPostfix(machine, chroot));

    test("leads from nothing to a signed message", async () => {
      await guide.follow("Install", it.machine, it.outside);
      await timed("mailseal setup beside Postfix", () =>
        guide.follow("With mailseal setup", it.machine, it.outside),
      );
      await guide.follow("Check", it.machine, it.outside);
      await expectSigned(it.outside);
    });

    test("mail by SMTP and by sendmail(1) is signed", () => expectBothSigned(it));

    test("mailseal doctor finds nothing to repair", () => expectContentDoctor(it.machine));

    test("mail is unsigned again after mailseal setup --undo", async () => {
      await it.machine.succeed("mailseal setup --undo --yes");
      expect(sendBySwaks(it.machine)).toMatch(/^250 /);
      await expectUnsigned(it.outside);
      expect(await it.machine.succeed("postconf -n smtpd_milters non_smtpd_milters")).toBe("");
    });
  },
);

describe.skipIf(freshRootMissing() !== undefined)(
  "the guide for Sendmail by mailseal setup",
  () => {
    const it = withMailMachine(({ machine }) => installSendmail(machine));

    test("leads from nothing to a signed message", async () => {
      await sendmailGuide.follow("Install", it.machine, it.outside);
      await timed("mailseal setup beside Sendmail", () =>
        sendmailGuide.follow("With mailseal setup", it.machine, it.outside),
      );
      await sendmailListens(it.machine);
      await sendmailGuide.follow("Check", it.machine, it.outside);
      await expectSigned(it.outside);
    });

    test("mail by SMTP and by sendmail(1) is signed", () => expectBothSigned(it));

    test("mailseal doctor finds nothing to repair", () => expectContentDoctor(it.machine));

    test("mail is unsigned again after mailseal setup --undo", async () => {
      await it.machine.succeed("mailseal setup --undo --yes");
      await sendmailListens(it.machine);
      expect(sendBySwaks(it.machine)).toMatch(/^250 /);
      await expectUnsigned(it.outside);
    });
  },
);
