import { expect, test } from "vitest";
import { opendkimPlan } from "../../../src/setup/plan/opendkim-plan.ts";
import { type FakeRoot, fakeRoot } from "../../host/fake-root.ts";

const opendkim = { configFile: "/etc/opendkim.conf", socket: "inet:8891@localhost" };

function machineWith(conf: readonly string[]): FakeRoot {
  const machine = fakeRoot({ opendkim: conf });
  for (const name of ["a", "b"])
    machine.write(`/etc/dkimkeys/${name}.private`, `pem ${name}`, 0o600);
  return machine;
}

test("the keys of tables are copied, and the config names the copies", async () => {
  const machine = machineWith([
    "Mode sv",
    "Socket inet:8891@localhost",
    "KeyTable file:/etc/opendkim/keytable",
    "SigningTable refile:/etc/opendkim/signingtable",
  ]);
  machine.write(
    "/etc/opendkim/keytable",
    "one example.com:s1:/etc/dkimkeys/a.private\ntwo example.net:s2:/etc/dkimkeys/b.private\n",
  );
  machine.write("/etc/opendkim/signingtable", "*@example.com one\n*@example.net two\n");
  const plan = await opendkimPlan(machine.host, opendkim);
  expect(plan.keys).toEqual([
    {
      domain: "example.com",
      selector: "s1",
      from: "/etc/dkimkeys/a.private",
      file: "/etc/mailseal/keys/example.com/s1.key",
    },
    {
      domain: "example.net",
      selector: "s2",
      from: "/etc/dkimkeys/b.private",
      file: "/etc/mailseal/keys/example.net/s2.key",
    },
  ]);
  expect(plan.sections).toMatchObject({
    signing: {
      table: {
        rows: [
          { from: "*@example.com", key: "/etc/mailseal/keys/example.com/s1.key" },
          { from: "*@example.net", key: "/etc/mailseal/keys/example.net/s2.key" },
        ],
      },
    },
  });
  expect(plan.listener).toMatchObject({ direction: "auto" });
  expect(JSON.stringify(plan.listener)).not.toContain("8891");
});

test("the one key of Domain, Selector and KeyFile is copied", async () => {
  const machine = machineWith([
    "Mode s",
    "Domain example.com",
    "Selector mail",
    "KeyFile /etc/dkimkeys/a.private",
  ]);
  const plan = await opendkimPlan(machine.host, opendkim);
  expect(plan.keys).toMatchObject([{ domain: "example.com", selector: "mail" }]);
  expect(plan.sections).toMatchObject({
    domains: {
      "example.com": { signing: { key: "/etc/mailseal/keys/example.com/mail.key" } },
    },
  });
  expect(plan.listener).toMatchObject({ direction: "outbound" });
});

test("a key that is missing is a remark", async () => {
  const machine = machineWith([
    "Mode s",
    "Domain example.com",
    "Selector mail",
    "KeyFile /etc/dkimkeys/none.private",
  ]);
  const plan = await opendkimPlan(machine.host, opendkim);
  expect(plan.keys).toEqual([]);
  expect(plan.remarks.join("\n")).toContain(
    "the key /etc/dkimkeys/none.private cannot be found: put it there, or remove its line from /etc/opendkim.conf",
  );
});

test("a configuration that cannot be read is refused, with a way on", async () => {
  const machine = machineWith([]);
  await expect(
    opendkimPlan(machine.host, { ...opendkim, configFile: "/etc/none.conf" }),
  ).rejects.toThrow(/cannot be read: .*; repair it, or leave OpenDKIM alone with --opendkim keep/);
});
