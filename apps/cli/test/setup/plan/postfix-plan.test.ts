import { expect, test } from "vitest";
import { readPostfix } from "../../../src/host/postfix.ts";
import { postfixPlan } from "../../../src/setup/plan/postfix-plan.ts";
import { debianServices, fakeRoot } from "../../host/fake-root.ts";

const ours = "unix:mailseal/milter.sock";
const opendkim = { configFile: "/etc/opendkim.conf", socket: "inet:8891@localhost" };

async function planFor(
  main: readonly string[],
  replaced?: typeof opendkim,
  master: readonly string[] = debianServices,
): Promise<ReturnType<typeof postfixPlan>> {
  const postfix = await readPostfix(fakeRoot({ postfix: main, master }).host);
  if (postfix === undefined) throw new Error("no Postfix");
  return postfixPlan(postfix, replaced);
}

function valuesOf({ parameters }: ReturnType<typeof postfixPlan>): Record<string, string> {
  return Object.fromEntries(parameters);
}

test("a Postfix without milters gets ours, and defers mail without it", async () => {
  expect(valuesOf(await planFor([]))).toEqual({
    smtpd_milters: ours,
    non_smtpd_milters: ours,
    milter_default_action: "tempfail",
    milter_protocol: "6",
    internal_mail_filter_classes: "bounce",
  });
});

test("other milters keep their order, and ours comes last", async () => {
  const plan = await planFor([
    "smtpd_milters = unix:spam.sock, { inet:localhost:1, default_action=accept }",
  ]);
  expect(valuesOf(plan)).toMatchObject({
    smtpd_milters: `unix:spam.sock, { inet:localhost:1, default_action=accept }, ${ours}`,
    non_smtpd_milters: ours,
  });
});

test("ours takes the place of OpenDKIM", async () => {
  const plan = await planFor(
    [
      "smtpd_milters = unix:a.sock, inet:localhost:8891, unix:b.sock",
      "non_smtpd_milters = $smtpd_milters",
    ],
    opendkim,
  );
  expect(valuesOf(plan)).toMatchObject({
    smtpd_milters: `unix:a.sock, ${ours}, unix:b.sock`,
    non_smtpd_milters: "$smtpd_milters",
  });
});

test("OpenDKIM in a variable is replaced as well", async () => {
  const plan = await planFor(
    [
      "dkim = inet:localhost:8891",
      "smtpd_milters = unix:a.sock, $dkim",
      "non_smtpd_milters = $dkim",
    ],
    opendkim,
  );
  expect(valuesOf(plan)).toMatchObject({
    smtpd_milters: `unix:a.sock, ${ours}`,
    non_smtpd_milters: ours,
  });
});

test("an installed OpenDKIM that is to be kept stays before ours", async () => {
  expect(valuesOf(await planFor(["smtpd_milters = inet:localhost:8891"]))).toMatchObject({
    smtpd_milters: `inet:localhost:8891, ${ours}`,
  });
});

test("a Postfix that has ours needs nothing", async () => {
  const first = await planFor(["smtpd_milters = unix:a.sock"]);
  const main = first.parameters.map(([name, value]) => `${name} = ${value}`);
  expect((await planFor(main)).parameters).toEqual(first.parameters);
});

test("services with milters of their own get ours too, and those without stay without", async () => {
  const plan = await planFor([], undefined, [
    ...debianServices,
    "submission inet n - y - - smtpd",
    "  -o smtpd_milters=inet:localhost:1",
    "127.0.0.1:10025 inet n - y - - smtpd",
    "  -o smtpd_milters=",
    "smtps inet n - y - - smtpd",
    "  -o smtpd_milters=$smtpd_milters",
  ]);
  expect(plan.services).toEqual([["submission/inet/smtpd_milters", `inet:localhost:1, ${ours}`]]);
});
