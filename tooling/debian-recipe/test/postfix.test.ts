import { describe, expect, test } from "vitest";
import { freshRootMissing } from "../src/fresh-root.ts";
import { Guide } from "../src/guide.ts";
import { withMailMachine } from "./support/mail-machine.ts";
import {
  expectContentDoctor,
  expectBothSigned,
  expectSigned,
  sendBySwaks,
} from "./support/mail.ts";
import { installPostfix, placesOfSmtpd, startRelay } from "./support/postfix.ts";

const guide = Guide.read("postfix.md");

test("every section of the guide for Postfix with commands is followed", () => {
  expect(guide.sections).toEqual(["Install", "With mailseal setup", "By hand", "Check"]);
});

describe.skipIf(freshRootMissing() !== undefined).each(placesOfSmtpd)(
  "the guide for Postfix by hand, smtpd %s",
  (_, chroot) => {
    const it = withMailMachine(({ machine }) => installPostfix(machine, chroot));

    test("leads from nothing to a signed message", async () => {
      for (const section of ["Install", "By hand", "Check"]) {
        await guide.follow(section, it.machine, it.outside);
      }
      await expectSigned(it.outside);
    });

    test("mail by SMTP and by sendmail(1) is signed", () => expectBothSigned(it));

    test("only the relative path of the socket is right in and out of a chroot", async () => {
      const usable = new Map<string, boolean>();
      for (const path of ["/var/spool/postfix/mailseal", "/mailseal", "mailseal"]) {
        await it.machine.succeed(`postconf -e smtpd_milters=unix:${path}/milter.sock`);
        await it.machine.succeed("systemctl restart postfix");
        const reply = sendBySwaks(it.machine);
        expect(reply).toMatch(/^(?:250|451) /);
        usable.set(path, reply.startsWith("250 "));
        if (reply.startsWith("250 ")) await expectSigned(it.outside);
      }
      expect(Object.fromEntries(usable)).toEqual({
        "/var/spool/postfix/mailseal": chroot === "n",
        "/mailseal": chroot === "y",
        mailseal: true,
      });
    });

    test("a bounce from an address of the domain is signed", async () => {
      await it.machine.succeed("postconf -e myorigin=example.com && systemctl restart postfix");
      await it.machine.succeed("sendmail -i -f you@example.net no-such-user@mail.example.com", {
        input: "From: you@example.net\n\nNobody is there.\n",
      });
      const { mailFrom } = await expectSigned(it.outside);
      expect(mailFrom).toMatch(/^<>/);
    });

    test("mailseal doctor finds nothing to repair", () => expectContentDoctor(it.machine));

    test("no mail leaves while the relay is stopped", async () => {
      await it.machine.succeed("systemctl stop mailseal-relay");
      expect(sendBySwaks(it.machine)).toMatch(/^451 /);
      await startRelay(it.machine);
      expect(sendBySwaks(it.machine)).toMatch(/^250 /);
      await expectSigned(it.outside);
    });
  },
);
