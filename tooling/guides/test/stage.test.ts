import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Stage, stageMissing } from "../src/stage.ts";

const missing = stageMissing();
if (missing !== undefined) console.warn(`skipped: ${missing}`);

describe.skipIf(missing !== undefined && process.env["CI"] === undefined)("a stage", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage?.close());

  test("leaves nothing on this machine", async () => {
    await stage.write("/etc/mailseal-stage-test", "x");
    expect(await stage.mustRun("cat /etc/mailseal-stage-test")).toBe("x");
    expect(existsSync("/etc/mailseal-stage-test")).toBe(false);
  });

  test("has no network but its own loopback", async () => {
    const { output } = await stage.run("ip -brief link");
    expect(output.trim().split("\n")).toHaveLength(1);
    expect(output).toMatch(/^lo /);
  });

  test("stops at the first command that fails, and reports it", async () => {
    expect(await stage.run("echo one; false; echo two")).toEqual({ code: 1, output: "one\n" });
  });

  test("answers DNS with what was published", async () => {
    await stage.publish('s1._domainkey.example.com. IN TXT "v=DKIM1; p="\n');
    const { output } = await stage.run("mailseal record lookup -d example.com -s s1 || true");
    expect(output).toContain("v=DKIM1; p=");
  });

  test("starts the programs with the user of their unit", async () => {
    await stage.write(
      "/etc/mailseal/mailseal.yaml",
      'listeners: [{ protocol: smtp, direction: outbound, listen: "127.0.0.1:25" }]\ndefaultBinding: out\nbindings: { out: { nextHop: { host: 127.0.0.1, port: 26 } } }\n',
    );
    await stage.mustRun("systemctl start mailseal-relay");
    const process = "/proc/$(cat /run/stage/mailseal-relay.pid)";
    expect(await stage.mustRun(`stat -c %U ${process}; cat ${process}/cmdline`)).toMatch(
      /^mailseal\n.*mailseal-relay/,
    );
    await stage.mustRun("systemctl stop mailseal-relay");
  });

  test("reports a unit that cannot start, with what it wrote", async () => {
    await stage.write("/etc/mailseal/mailseal.yaml", "listeners: 1\n");
    const { code, output } = await stage.run("systemctl start mailseal-relay");
    expect(code).toBe(1);
    expect(output).toContain("listeners");
  });
});
