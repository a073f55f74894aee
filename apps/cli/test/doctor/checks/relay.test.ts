import { expect, test } from "vitest";
import { relayCheck } from "../../../src/doctor/checks/relay.ts";
import { examined } from "../support/examined.ts";
import { postfixRoot } from "../support/postfix-root.ts";

test("a relay with the group of its socket is well", async () => {
  const { installation } = postfixRoot();
  expect((await examined(relayCheck, installation)).kinds).toEqual([]);
});

test("a unit without the group of the socket gets it by a drop-in", async () => {
  const { installation } = postfixRoot({ unit: ["SupplementaryGroups="] });
  const { findings } = await examined(relayCheck, installation);
  expect(findings).toEqual([
    {
      kind: "relay-lacks-group",
      what: "The relay is not in the group postfix, to which it must give its socket",
      command:
        "mkdir -p /etc/systemd/system/mailseal-relay.service.d && printf '%s\\n' '[Service]' SupplementaryGroups=postfix ReadWritePaths=-/var/spool/postfix/mailseal > /etc/systemd/system/mailseal-relay.service.d/socket.conf && systemctl daemon-reload && systemctl restart mailseal-relay",
    },
  ]);
});

test("a group that the user has by itself needs no drop-in", async () => {
  const { installation, read, write } = postfixRoot({ unit: ["SupplementaryGroups="] });
  write("/etc/group", read("/etc/group").replace(/^(postfix:.*)$/m, "$1mailseal"));
  expect((await examined(relayCheck, installation)).kinds).toEqual([]);
});

test("a config without listeners gets the one of the default config", async () => {
  const { installation, configFile } = postfixRoot({ config: "hostname: mx.example.com\n" });
  const { findings } = await examined(relayCheck, installation);
  expect(findings).toMatchObject([{ kind: "no-milter-listener" }]);
  expect(findings[0]?.command).toContain(`>> ${configFile} && systemctl restart mailseal-relay`);
});
