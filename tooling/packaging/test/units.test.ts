import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, globSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { programs, readOf } from "../src/programs.ts";
import { workspace } from "../src/workspace.ts";

const servers = programs.filter(({ folder }) => folder !== "cli");
const hasSystemd = spawnSync("systemd-analyze", ["--version"], { stdio: "ignore" }).status === 0;
if (!hasSystemd) console.warn("skipped: there is no systemd-analyze; the package systemd has it");

describe.each(servers)("the unit of $name", (program) => {
  const unit = readOf(program, `systemd/${program.name}.service`);

  test("the unit waits longer than the program takes to finish the mail in flight", () => {
    const code = execFileSync("git", ["grep", "-h", "const stopDeadlineMs = ", "--", "src"], {
      cwd: join(workspace, "apps", program.folder),
      encoding: "utf8",
    });
    const deadlines = Array.from(code.matchAll(/= ([\d_]+);/g), ([, digits = ""]) =>
      Number(digits.replaceAll("_", "")),
    );
    // A parent process gives its child processes 5 s more, and the log is written last.
    const longestMs = Math.max(...deadlines) + 5000;
    const [, seconds] = /^TimeoutStopSec=(\d+)$/m.exec(unit) ?? [];
    expect(longestMs).toBeGreaterThan(5000);
    expect(Number(seconds) * 1000).toBeGreaterThan(longestMs);
    expect(unit).toMatch(/^KillSignal=SIGTERM$/m);
    expect(unit).toMatch(/^KillMode=mixed$/m);
  });

  test("both units make the same directories", () => {
    for (const line of [
      "RuntimeDirectory=mailseal",
      "RuntimeDirectoryMode=0755",
      "RuntimeDirectoryPreserve=yes",
      "StateDirectory=mailseal",
      "StateDirectoryMode=0750",
      "User=mailseal",
      "Group=mailseal",
    ]) {
      expect(unit.split("\n")).toContain(line);
    }
  });

  test.skipIf(!hasSystemd && process.env["CI"] === undefined)(
    "systemd accepts it, with the drop-in for Postfix, and calls it hardened",
    () => {
      const root = unitsIn(temporaryDirectory("test"));
      const name = `${program.name}.service`;
      const verified = spawnSync(
        "systemd-analyze",
        ["verify", `--root=${root}`, "--man=no", name],
        {
          encoding: "utf8",
        },
      );
      expect(verified.stderr.split("\n").filter((line) => line.includes("mailseal"))).toEqual([]);
      const { stdout } = spawnSync(
        "systemd-analyze",
        ["security", "--offline=yes", `--root=${root}`, "--threshold=20", "--no-pager", name],
        { encoding: "utf8" },
      );
      const [, score] = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout) ?? [];
      expect(Number(score)).toBeLessThan(2);
      expect(Number(score)).toBeGreaterThan(0);
    },
  );
});

test("the drop-in for Postfix gives the relay the group, and leave to write the directory if it is there", () => {
  const [relay] = servers;
  const text = relay === undefined ? "" : readOf(relay, "systemd/postfix.conf");
  expect(text).toMatch(/^\[Service\]$/m);
  expect(text).toMatch(/^SupplementaryGroups=postfix$/m);
  expect(text).toMatch(/^ReadWritePaths=-\/var\/spool\/postfix\/mailseal$/m);
});

/** A root with the units, those of systemd that they refer to, and a program where each of them expects one. */
function unitsIn(root: string): string {
  const own = "/lib/systemd/system";
  const folder = join(root, "usr/lib/systemd/system");
  mkdirSync(join(folder, "mailseal-relay.service.d"), { recursive: true });
  for (const name of globSync("*.{target,slice,mount,socket}", { cwd: own })) {
    copyFileSync(join(own, name), join(folder, name));
  }
  for (const program of servers) {
    const from = join(workspace, "apps", program.folder, "systemd");
    const unit = `${program.name}.service`;
    copyFileSync(join(from, unit), join(folder, unit));
    chmodSync(writeTestFile(root, `usr/bin/${program.name}`, "#!/bin/sh\n"), 0o755);
  }
  const dropIn = readFileSync(join(workspace, "apps/relay/systemd/postfix.conf"));
  writeTestFile(folder, "mailseal-relay.service.d/postfix.conf", dropIn.toString());
  chmodSync(writeTestFile(root, "bin/kill", "#!/bin/sh\n"), 0o755);
  return root;
}
