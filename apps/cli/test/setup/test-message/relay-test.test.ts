import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { testThroughRelay } from "../../../src/setup/test-message/relay-test.ts";
import { type FakeRoot, fakeRoot } from "../../host/fake-root.ts";
import { isRootMissing } from "../root-only.ts";

const server = fileURLToPath(new URL("forwarding-server.ts", import.meta.url));
const config = `listeners:
  - { protocol: smtp, direction: outbound, listen: "127.0.0.1:2525", binding: smarthost }
bindings:
  smarthost: { nextHop: { host: smtp.example.net, port: 587 } }
queue: { file: /var/lib/mailseal/queue.db }
domains:
  example.com: { signing: { selector: s1, key: /etc/mailseal/keys/example.com/s1.key } }
`;

function machineWith(command: string): FakeRoot {
  const machine = fakeRoot();
  machine.write("/etc/passwd", "root:x:0:0::/root:/bin/sh\nmailseal:x:701:702::/:/bin/false\n");
  machine.write("/etc/group", "root:x:0:\nmailseal:x:702:\n");
  machine.write("/etc/mailseal/mailseal.yaml", config);
  const lines = [
    "#!/bin/sh",
    'root=$(cd "$(dirname "$0")/../.." && pwd)',
    'echo "setpriv $*" >> "$root/commands"',
    'for config; do :; done; cp "$config" "$root/config-used"',
    command,
  ];
  machine.write("/usr/sbin/setpriv", `${lines.join("\n")}\n`, 0o755);
  return machine;
}

describe.skipIf(isRootMissing)("a test message through a smart host", () => {
  test("goes through a second relay to a listener of ours, and the relay ends", async () => {
    const machine = machineWith(`exec ${process.execPath} ${server} "$config"`);
    const [outcome] = await testThroughRelay(machine.host, "example.com");
    expect(outcome).toMatchObject({ way: "by SMTP", result: "arrived" });
    if (outcome?.result === "arrived") {
      expect(outcome.bytes.toString()).toBe(`X-Passed: yes\r\n${outcome.mail.bytes.toString()}`);
    }
    expect(machine.commands()[0]).toMatch(
      /^setpriv --reuid=mailseal --regid=mailseal --init-groups mailseal-relay --config /,
    );
    const used = machine.read("/config-used");
    expect(used).toContain("/etc/mailseal/keys/example.com/s1.key");
    // Neither the port of the real relay nor its queue.
    expect(used).not.toMatch(/2525|queue\.db/);
    expect(
      readdirSync(machine.path("/run")).filter((name) => name.startsWith("mailseal-test")),
    ).toEqual([]);
  });

  test("is refused if the relay does not start, with its last words", async () => {
    const machine = machineWith('echo "the key cannot be read" >&2; exit 1');
    expect(await testThroughRelay(machine.host, "example.com")).toMatchObject([
      { result: "refused", reason: "the relay did not start: the key cannot be read" },
    ]);
  });
});
