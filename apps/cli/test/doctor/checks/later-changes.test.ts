import { existsSync } from "node:fs";
import { getuid } from "node:process";
import { describe, expect, test } from "vitest";
import { laterChangesCheck } from "../../../src/doctor/checks/later-changes.ts";
import type { Host } from "../../../src/host/host.ts";
import { thisHost } from "../../../src/host/host.ts";
import { examined } from "../support/examined.ts";
import {
  addsFields,
  changesBody,
  changesHeader,
  serveMilterGreeting,
} from "../support/milter-server.ts";
import { type PostfixRoot, postfixRoot } from "../support/postfix-root.ts";

const ours = "unix:mailseal/milter.sock";

async function withMilter(
  name: string,
  actions: number,
  list: (other: string) => string,
): Promise<PostfixRoot> {
  const root = postfixRoot({ main: [`smtpd_milters = ${list(`unix:mailseal/${name}`)}`] });
  await serveMilterGreeting(root.socket, addsFields);
  await serveMilterGreeting(root.path(`/var/spool/postfix/mailseal/${name}`), actions);
  return root;
}

describe.skipIf(getuid?.() !== 0)("a milter after the relay", () => {
  test("that may change the body or the header is moved before it", async () => {
    for (const actions of [changesBody, changesHeader]) {
      const { installation } = await withMilter("other.sock", actions, (it) => `${ours}, ${it}`);
      const { findings } = await examined(laterChangesCheck, installation);
      expect(findings).toEqual([
        {
          kind: "milter-after-us",
          what: "The milter unix:mailseal/other.sock runs after the relay, and may change mail",
          command: `postconf -e 'smtpd_milters = unix:mailseal/other.sock, ${ours}' && postfix reload`,
        },
      ]);
    }
  });

  test("that only adds fields does no harm", async () => {
    const { installation } = await withMilter("other.sock", addsFields, (it) => `${ours}, ${it}`);
    expect((await examined(laterChangesCheck, installation)).kinds).toEqual([]);
  });

  test("that does not answer may change mail", async () => {
    const root = postfixRoot({ main: [`smtpd_milters = ${ours}, unix:mailseal/gone.sock`] });
    expect((await examined(laterChangesCheck, root.installation)).kinds).toEqual([
      "milter-after-us",
    ]);
  });

  test("that runs before the relay may change what it likes", async () => {
    const { installation } = await withMilter("other.sock", changesBody, (it) => `${it}, ${ours}`);
    expect((await examined(laterChangesCheck, installation)).kinds).toEqual([]);
  });

  test("called OpenDMARC reads our results, and stays after it", async () => {
    const { installation } = await withMilter(
      "opendmarc.sock",
      changesHeader,
      (it) => `${ours}, ${it}`,
    );
    expect((await examined(laterChangesCheck, installation)).kinds).toEqual([]);
  });
});

describe.skipIf(!existsSync("/usr/sbin/postmap"))("tables of the SMTP client", () => {
  /** The fake root with this machine's own postmap, which reads the tables by their full path. */
  function withTable(
    table: string,
    parameter = "smtp_header_checks",
    type = "regexp",
  ): PostfixRoot {
    const root = postfixRoot({ main: [`smtpd_milters = ${ours}`] });
    const file = root.path("/etc/postfix/table");
    root.write("/etc/postfix/table", table);
    root.write(
      "/etc/postfix/main.cf",
      `${root.read("/etc/postfix/main.cf")}${parameter} = ${type}:${file}\n`,
    );
    const host: Host = {
      root: "/",
      run: (program, ...rest) =>
        (program === "postmap" ? thisHost : root.host).run(program, ...rest),
    };
    return { ...root, installation: { ...root.installation, host, keys: async () => [key] } };
  }
  const key = {
    domain: "example.com",
    selector: "mail",
    file: undefined,
    answer: { status: "missing", reason: "", remedy: "" },
    writtenAtMs: undefined,
  } as const;
  const kindsOf = async (...args: Parameters<typeof withTable>): Promise<readonly string[]> =>
    (await examined(laterChangesCheck, withTable(...args).installation)).kinds;

  test("that replace a signed field are moved to the tables before signing", async () => {
    const root = withTable("/^Subject:(.*)$/ REPLACE Subject: [external]$1\n");
    const { findings } = await examined(laterChangesCheck, root.installation);
    const table = `regexp:${root.path("/etc/postfix/table")}`;
    expect(findings).toEqual([
      {
        kind: "header-checks-after-us",
        what: `smtp_header_checks of Postfix (${table}) changes Subject`,
        command: `postconf -e 'header_checks = ${table}' 'smtp_header_checks =' && postfix reload`,
      },
    ]);
  });

  test.each([
    [
      "remove a field that is not signed",
      "/^Received:/ IGNORE\n/^User-Agent:/ IGNORE\n/^X-/ STRIP\n",
    ],
    ["only log", "/^Subject:/ INFO\n"],
    ["add a field that is not signed", "/^From:/ PREPEND X-Seen: yes\n"],
  ])("that %s do no harm", async (_, table) => {
    expect(await kindsOf(table)).toEqual([]);
  });

  test.each([
    ["change a field for some values only", "/^Subject:.*casino/ REPLACE Subject: spam\n"],
    ["remove the signature", "/^DKIM-Signature:/ IGNORE\n"],
    ["add a second signed field", "/^Message-ID:/ PREPEND Reply-To: x@example.net\n"],
    ["name several fields", "/^(X-Mailer|To): .*staff/ IGNORE\n"],
  ])("that %s are found", async (_, table) => {
    expect(await kindsOf(table)).toEqual(["header-checks-after-us"]);
  });

  test("that change the body are found", async () => {
    expect(await kindsOf("/unsubscribe/ REPLACE gone\n", "smtp_body_checks")).toEqual([
      "body-checks-after-us",
    ]);
    expect(await kindsOf("/unsubscribe/ WARN\n", "smtp_body_checks")).toEqual([]);
  });

  test("that rewrite addresses of a signed domain are found", async () => {
    const rewrites = "/^(.*)@example\\.com$/ $1@example.net\n";
    expect(await kindsOf(rewrites, "smtp_generic_maps")).toEqual(["generic-maps-after-us"]);
    expect(await kindsOf("/^(.*)@internal$/ $1@example.com\n", "smtp_generic_maps")).toEqual([]);
  });

  test("that only a service of master.cf uses are moved from there", async () => {
    const root = withTable("/^Subject:/ REPLACE Subject: x\n", "unused_parameter");
    const table = `regexp:${root.path("/etc/postfix/table")}`;
    root.write(
      "/etc/postfix/master.cf",
      `${root.read("/etc/postfix/master.cf")}relay unix - - y - - smtp -o smtp_header_checks=${table}\n`,
    );
    const { findings } = await examined(laterChangesCheck, root.installation);
    expect(findings.map(({ command }) => command)).toEqual([
      `postconf -e 'header_checks = ${table}' && postconf -P 'relay/unix/smtp_header_checks =' && postfix reload`,
    ]);
  });
});
