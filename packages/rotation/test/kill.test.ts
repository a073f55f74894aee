import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateKey } from "@mailseal/crypto";
import { formatKeyRecord, parseKeyRecord } from "@mailseal/dns-record";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { expect, test } from "vitest";
import { activeFile } from "../src/activations/active-file.ts";
import { keyDirectory } from "../src/files/key-directory.ts";
import { Journal } from "../src/journal.ts";

const program = fileURLToPath(new URL("support/rotate-in-process.ts", import.meta.url));
/** Processes in later rounds are not killed. */
const killedRounds = 16;
const rounds = 22;

/** Runs one process, which writes a line for each effect and is killed at the line `killAt`. */
async function run(directory: string, nowMs: number, killAt: number): Promise<string> {
  const child = spawn(process.execPath, [program, directory, String(nowMs)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let lines = 0;
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    lines += text.split("\n").length - 1;
    if (lines >= killAt) child.kill("SIGKILL");
  });
  await once(child, "close");
  return output;
}

test(
  "a rotation whose processes are killed again and again still ends",
  { timeout: 180_000 },
  async () => {
    const directory = temporaryDirectory("test");
    const files = keyDirectory(directory);
    const key = generateKey({ type: "ed25519" });
    await files.writeDraft("example.com", "old", key.toPem());
    await files.install("example.com", "old");
    const keyFile = files.pathOf("example.com", "old");
    await activeFile(directory).activate("example.com", [{ selector: "old", keyFile }]);
    const zoneFile = join(directory, "zone.json");
    writeFileSync(
      zoneFile,
      JSON.stringify({ "old._domainkey.example.com": [formatKeyRecord(key.publicKey)] }),
    );

    let nowMs = Date.UTC(2026, 10, 24);
    let output = "";
    let kills = 0;
    for (let round = 0; round < rounds && !output.includes("end"); round++) {
      output = await run(directory, nowMs, round < killedRounds ? 1 + (round % 4) : Infinity);
      if (!output.includes("end")) kills++;
      nowMs += 20 * 86_400_000;
    }
    expect(kills).toBeGreaterThan(4);

    const journal = new Journal(join(directory, "rotation.db"));
    const [state] = journal.rotations();
    journal.close();
    expect(state).toMatchObject({ stage: "retired", outgoing: [{ selector: "old" }] });
    const selector = state?.incoming[0]?.selector;
    const zone = JSON.parse(readFileSync(zoneFile, "utf8")) as Record<string, readonly string[]>;
    expect(Object.keys(zone)).toEqual([`${selector}._domainkey.example.com`]);
    const record = Object.values(zone)[0]?.[0] ?? "";
    expect(record).toBe(state?.incoming[0]?.record);
    expect(parseKeyRecord(record)).toMatchObject({ ok: true });
    expect(readdirSync(join(directory, "example.com")).toSorted()).toEqual([
      "active.json",
      "archive",
      `${selector}.key`,
    ]);
  },
);
