import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { generateKey } from "@mailseal/crypto";
import { freePort } from "@mailseal/testkit/free-port";
import { reportMessage } from "@mailseal/testkit/milter-report";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { works } from "../src/peer.ts";
import { messages } from "./opendkim/messages.ts";

const relay = fileURLToPath(
  new URL("../bin/mailseal-relay.js", import.meta.resolve("@mailseal/relay")),
);
const cli = fileURLToPath(new URL("../bin/mailseal.js", import.meta.resolve("@mailseal/cli")));
const shapes = new URL("opendkim/", import.meta.url);
const directory = mkdtempSync(join(tmpdir(), "mailseal-opendkim-"));
const missing = works("opendkim", ["-V"]) ? undefined : "opendkim is not installed";
const isAbsent = missing !== undefined && process.env["CI"] === undefined;

/** As OpenDKIM's tutorials have them, and the cases of opendkim.conf(5) in which an import may go wrong. */
const names = [
  "debian-default",
  "multi-domain",
  "wild-first",
  "subdomains",
  "multiple-signatures",
  "fields",
  "internal-hosts",
  "name-table",
];

afterAll(() => rmSync(directory, { recursive: true, force: true }));

for (const name of ["a", "b"]) {
  const pem = generateKey({ type: "rsa", bits: 2048 }).toPem();
  writeFileSync(join(directory, `${name}.private`), pem, { mode: 0o600 });
}
writeFileSync(join(directory, "zone.json"), "{}");

describe("an import signs what the real OpenDKIM signs", { timeout: 120_000 }, () => {
  describe.skipIf(isAbsent).each(names)("%s", (name) => {
    const stops: (() => Promise<unknown>)[] = [];
    let theirs = 0;
    let ours = 0;

    beforeAll(async () => {
      theirs = await freePort();
      ours = await freePort();
      const conf = configure(name, theirs);
      stops.push(await startOpendkim(conf, theirs));
      stops.push(await startRelay(name, conf, ours));
    }, 60_000);
    afterAll(async () => {
      for (const stop of stops) await stop();
    });

    test("the same d=, s= and h= for each of 40 messages, and the same left unsigned", async () => {
      const expected: string[][] = [];
      const signed: string[][] = [];
      for (const message of messages) {
        expected.push((await signatures(theirs, message)).toSorted());
        signed.push(await signatures(ours, message));
      }
      expect(expected).toHaveLength(40);
      const some = expected.filter((made) => made.length > 0).length;
      expect([some >= 6, some <= 36]).toEqual([true, true]);
      expect(signed.map(asOpendkimMakesThem)).toEqual(expected);
    });
  });

  test("opendkim is installed", ({ skip }) => {
    skip(isAbsent, missing);
    expect(missing).toBeUndefined();
  });
});

/**
 * Of three signatures or more OpenDKIM 2.11 makes the first and the last only, against its manual, which has
 * "all matches are applied": its list of requests never moves its tail. The import does what the manual says.
 */
function asOpendkimMakesThem(made: readonly string[]): readonly string[] {
  // Ours come in the order in which they are put on top of each other, the last first.
  const [first, last] = [made.at(-1), made[0]];
  const kept = made.length < 3 ? made : [first ?? "", last ?? ""];
  return kept.toSorted();
}

/** Its files in a directory of their own; the path of opendkim.conf. */
function configure(name: string, port: number): string {
  for (const file of readdirSync(new URL(`${name}/`, shapes))) {
    const text = readFileSync(new URL(`${name}/${file}`, shapes), "utf8")
      .replaceAll("@DIR@", directory)
      .replaceAll("@PORT@", String(port));
    writeFileSync(join(directory, file), text);
  }
  return join(directory, "opendkim.conf");
}

/** Each as its d=, s=, h=, i= and c=, in the order of the packets. */
async function signatures(port: number, message: (typeof messages)[number]): Promise<string[]> {
  const { inserted, added } = await reportMessage(port, message);
  return [...inserted, ...added]
    .filter((field) => /^dkim-signature:/i.test(field))
    .map((field) => field.slice(field.indexOf(":") + 1))
    .map((value) => {
      const tags = new Map(
        value
          .replaceAll(/\s/g, "")
          .split(";")
          .map((tag) => [tag.slice(0, tag.indexOf("=")), tag.slice(tag.indexOf("=") + 1)]),
      );
      return ["d", "s", "h", "i", "c"].map((tag) => `${tag}=${tags.get(tag) ?? ""}`).join(" ");
    });
}

async function startOpendkim(conf: string, port: number): Promise<() => Promise<void>> {
  // OpenDKIM refuses keys below /tmp, which others may write to.
  const loose = `${conf}.loose`;
  writeFileSync(loose, `${readFileSync(conf, "utf8")}\nRequireSafeKeys no\n`);
  const opendkim = spawn("opendkim", ["-f", "-x", loose], { stdio: "inherit" });
  for (let tries = 0; tries < 100; tries++) {
    if (await answers(port)) return () => ended(opendkim);
    await pause(50);
  }
  await ended(opendkim);
  throw new Error("opendkim does not answer");
}

async function startRelay(name: string, conf: string, port: number): Promise<() => Promise<void>> {
  const { stdout } = spawnSync(process.execPath, [cli, "import", "opendkim", conf, "--json"]);
  const { config, account } = JSON.parse(stdout.toString()) as {
    readonly config: { readonly listeners: readonly object[] };
    readonly account: readonly { readonly fate: string }[];
  };
  expect(account.filter(({ fate }) => fate === "not-carried")).toEqual([]);
  const file = join(directory, `${name}.json`);
  const listeners = config.listeners.map((it) =>
    Object.assign(it, { listen: `127.0.0.1:${port}` }),
  );
  const local = {
    admin: { listen: `unix:${join(directory, `${name}.sock`)}` },
    dns: { zone: join(directory, "zone.json") },
  };
  writeFileSync(file, JSON.stringify({ ...config, listeners, ...local }));
  const program = spawn(process.execPath, [relay, "--config", file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface(program.stdout)) {
    if (line.includes('"serving"')) break;
  }
  program.stdout.resume();
  return () => ended(program);
}

async function answers(port: number): Promise<boolean> {
  const socket = connect({ host: "127.0.0.1", port });
  const answered = await Promise.race([
    once(socket, "connect").then(() => true),
    once(socket, "error").then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return answered;
}

async function ended(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null) return;
  const exited = once(program, "exit");
  program.kill("SIGTERM");
  await exited;
}
