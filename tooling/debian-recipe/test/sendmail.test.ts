import { describe, expect, test } from "vitest";
import { freshRootMissing } from "../src/fresh-root.ts";
import { Guide } from "../src/guide.ts";
import { withMailMachine } from "./support/mail-machine.ts";
import {
  expectBothSigned,
  expectSigned,
  expectUnsigned,
  isSigned,
  messageTo,
  sendBySendmail,
  sendBySwaks,
} from "./support/mail.ts";
import {
  filterLine,
  installSendmail,
  sendmailListens,
  startRelay,
  useMacros,
} from "./support/sendmail.ts";

const guide = Guide.read("sendmail.md");
const to = "you@example.net";
const sevenBitHost = "you@example.org";
const socket = "/run/mailseal/milter.sock";

/** Messages by what their client does. `macro`: a macro of the guide avoids the change that Sendmail makes. */
const changed = [
  { what: "To without a space", to, edit: ["To: you@", "To: bob@example.net,you@"] },
  {
    what: "Cc without a space",
    to,
    edit: ["Subject", "Cc: a@example.net,b@example.net\r\nSubject"],
  },
  {
    what: "Reply-To without a space",
    to,
    edit: ["Subject", "Reply-To: a@example.com,b@example.com\r\nSubject"],
  },
  { what: "an address without a domain", to, edit: ["Subject", "Cc: bob\r\nSubject"] },
  { what: "a dot in the author's name", to, edit: ["From: Ada", "From: Ada J. Doe"], macro: true },
  { what: "an apostrophe in a name", to, edit: ["From: Ada", "From: Ada O'Hara"], macro: true },
  { what: "a line of 995 octets", to, edit: ["Does", "x".repeat(995 - 28)], macro: true },
  { what: "8-bit text", to: sevenBitHost, edit: ["Does", "Grüße: does"], macro: true },
] as const;

function changedMessage({ to: recipient, edit: [from, into] }: (typeof changed)[number]): string {
  const message = messageTo(recipient, "By SMTP");
  expect(message).toContain(from);
  return message.replace(from, into);
}

test("every section of the guide for Sendmail with commands is followed", () => {
  expect(guide.sections).toEqual([
    "Install",
    "With mailseal setup",
    "By hand",
    "Check",
    "Keep signatures intact",
    "TCP or unix socket?",
  ]);
});

describe.skipIf(freshRootMissing() !== undefined)("the guide for Sendmail by hand", () => {
  const it = withMailMachine(({ machine }) => installSendmail(machine));

  test("leads from nothing to a signed message", async () => {
    for (const section of ["Install", "By hand", "Check"]) {
      await guide.follow(section, it.machine, it.outside);
      await sendmailListens(it.machine);
    }
    await expectSigned(it.outside);
  });

  test("mail by SMTP and by sendmail(1) is signed", () => expectBothSigned(it));

  test("a signature survives the fields that are added to a message without them", async () => {
    const message = messageTo(to, "By SMTP").replaceAll(/^(?:To|Date|Message-ID): .*\r\n/gm, "");
    expect(sendBySwaks(it.machine, { message })).toMatch(/^250 /);
    const { bytes } = await expectSigned(it.outside);
    expect(bytes.toString("latin1")).toMatch(/^Date: .*\r\nMessage-I[dD]: /m);
  });

  test("sendmail(1) with the daemon's configuration passes no milter", async () => {
    const input = messageTo(to, "Without the daemon").replaceAll("\r\n", "\n");
    await it.machine.succeed("sendmail -Am -i -t", { input });
    await expectUnsigned(it.outside);
    await it.machine.succeed("sendmail -i -t -C /etc/mail/sendmail.cf", { input });
    await expectUnsigned(it.outside);
  });

  test.each(changed)("Sendmail changes $what after signing", async (example) => {
    const message = changedMessage(example);
    expect(sendBySwaks(it.machine, { to: example.to, message })).toMatch(/^250 /);
    expect(await isSigned(it.outside)).toBe(false);
  });

  test("sendmail(1) completes addresses before they are signed", async () => {
    for (const example of changed.slice(0, 6)) {
      await sendBySendmail(it.machine, to, changedMessage(example));
      await expectSigned(it.outside);
    }
  });

  test("its macros keep what they promise", async () => {
    await guide.follow("Keep signatures intact", it.machine, it.outside);
    await sendmailListens(it.machine);
    for (const example of changed) {
      const message = changedMessage(example);
      expect(sendBySwaks(it.machine, { to: example.to, message })).toMatch(/^250 /);
      expect([example.what, await isSigned(it.outside)]).toEqual([
        example.what,
        "macro" in example,
      ]);
    }
  });

  test("fields that are not signed may change", async () => {
    const config = await it.machine.succeed("cat /etc/mailseal/mailseal.yaml");
    const options = "signing:\n  skip: [To, Cc, Reply-To]\n";
    await it.machine.write(
      "/etc/mailseal/mailseal.yaml",
      `limits: { lineLength: 990 }\n${config.replace("signing:\n", options)}`,
    );
    await it.machine.succeed("systemctl stop mailseal-relay");
    await startRelay(it.machine);
    for (const example of changed.slice(0, 4)) {
      const message = changedMessage(example);
      expect(sendBySwaks(it.machine, { message })).toMatch(/^250 /);
      await expectSigned(it.outside);
    }
  });

  test("with a limit of 990 octets, the relay refuses a longer line", () => {
    const long = changed.find(({ what }) => what === "a line of 995 octets");
    if (long === undefined) throw new Error("no such message");
    expect(sendBySwaks(it.machine, { message: changedMessage(long) })).toMatch(/^554 5\.6\.0 /);
  });

  test.each([
    ["0755", "mailseal:mailseal"],
    ["0750", "mailseal:mailseal"],
    ["0700", "mailseal:mailseal"],
    ["2750", "mailseal:smmsp"],
  ])("Sendmail uses a socket in a directory of mode %s, %s", async (mode, owner) => {
    await it.machine.succeed(`chown ${owner} /run/mailseal && chmod ${mode} /run/mailseal`);
    expect(sendBySwaks(it.machine)).toMatch(/^250 /);
    await expectSigned(it.outside);
  });

  test.each([
    ["0775", "mailseal:mailseal", "Group writable directory"],
    ["2770", "mailseal:smmsp", "Group writable directory"],
    ["0777", "mailseal:mailseal", "World writable directory"],
  ])("Sendmail uses no socket in a directory of mode %s, %s", async (mode, owner, reason) => {
    await useMacros(it.machine, filterLine("F=T, ", socket));
    await it.machine.succeed(`chown ${owner} /run/mailseal && chmod ${mode} /run/mailseal`);
    const since = (await it.machine.succeed("date +%s.%N")).trim();
    const log = `journalctl -o cat -q --since=@${since}`;
    expect(sendBySwaks(it.machine)).toMatch(/^451 /);
    expect(await it.machine.succeed(log)).toContain(`local socket name ${socket} unsafe\n`);
    await it.machine.succeed("systemctl restart sendmail");
    expect(await it.machine.succeed(log)).toContain(`${socket} unsafe: ${reason}\n`);
    expect(await it.machine.succeed("systemctl status sendmail")).toContain("active (exited)");
    await it.machine.succeed("chown mailseal:mailseal /run/mailseal && chmod 0755 /run/mailseal");
  });

  test.each([
    ["F=T, ", /^451 /],
    ["F=R, ", /^554 /],
    ["", /^250 /],
  ] as const)("while the relay is stopped, %s", async (reaction, reply) => {
    await it.machine.succeed("systemctl stop mailseal-relay");
    await useMacros(it.machine, filterLine(reaction, socket));
    expect(sendBySwaks(it.machine)).toMatch(reply);
    if (reaction === "") await expectUnsigned(it.outside);
  });

  test("the route for a milter on a port can be set", async () => {
    await guide.follow("TCP or unix socket?", it.machine, it.outside);
    expect(await it.machine.succeed("ip route show table local 127.0.0.1")).toContain("quickack 1");
  });

  test("masquerading in submit.mc happens before signing, in sendmail.mc afterwards", async () => {
    const macros = "MASQUERADE_AS(`example.com')dnl\nMASQUERADE_DOMAIN(`mail.example.com')dnl\n";
    const subdomains = '  "*.example.com": { signing: { baseDomain: example.com } }';
    await it.machine.succeed(
      `chmod 0755 /run/mailseal && sed -i 's/^domains:/&\\n${subdomains}/' /etc/mailseal/mailseal.yaml`,
    );
    await startRelay(it.machine);
    const message = messageTo(to, "Masqueraded").replace("<ada@", "<ada@mail.");
    await useMacros(it.machine, `${filterLine("F=T, ", socket)}${macros}`);
    expect(sendBySwaks(it.machine, { message })).toMatch(/^250 /);
    expect(await isSigned(it.outside)).toBe(false);
    await it.machine.succeed("cat >>/etc/mail/submit.mc", { input: macros });
    await useMacros(it.machine, filterLine("F=T, ", socket));
    await sendBySendmail(it.machine, to, message);
    await expectSigned(it.outside);
  });
});
