import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleFor } from "@mailseal/runtimes/bundle";
import { bunRuntime, denoRuntime, type ProcessRuntime } from "@mailseal/runtimes/process-runtime";
import { startWorker, workerdIsInstalled } from "@mailseal/runtimes/workerd";
import { type DnsServer, startDnsServer } from "@mailseal/testkit/dns-server";
import { type DohServer, startDohServer } from "@mailseal/testkit/doh-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runQuietly } from "../src/commands.ts";
import { installLibraries } from "../src/installed-libraries.ts";
import { installNode, oldestNodes, registryAnswers } from "../src/registry.ts";

const record = "v=DKIM1; p=MCowBQYDK2VwAyEA";
const longRecord = `v=DKIM1; n=${"x".repeat(4000)}; p=`;
const script = {
  "brisbane._domainkey.example.com": { txt: [record] },
  "long._domainkey.example.com": { txt: [longRecord], truncatedOverUdp: true },
};

/** The result of each check in every runtime. */
const expected: Readonly<Record<string, string>> = {
  "signer: a message": "pass, pass",
  "signer: a stream": "pass, pass",
  "signer: keys in PEM": "pass, pass",
  "signer: a key that cannot be read": "key-unreadable",
  "verifier: a message in pieces": "pass, pass",
  "verifier: an altered body": "body-hash-mismatch, body-hash-mismatch",
  "verifier: an altered field": "signature-mismatch, signature-mismatch",
  "verifier: an explanation": "field-edited, field-edited",
  "verifier: an explanation of windows-1252": "field-refolded, field-refolded",
  "dns-record: over HTTPS": `found, ${record}, nxdomain`,
};
const expectedWithSockets = {
  ...expected,
  "dns-record: over UDP": `found, ${record}, nxdomain`,
  "dns-record: over TCP": `found, ${longRecord.length} octets`,
  "dns-record: with node:dns": `found, ${record}, nxdomain`,
  "pools: sign, verify, and close": "40: pass",
  "pools: a message that was given away": "0 octets, given-away",
};

const deno = denoRuntime();
const bun = bunRuntime();
const workerd = await workerdIsInstalled();
for (const [name, runtime] of Object.entries({ deno, bun, miniflare: workerd || undefined })) {
  if (runtime === undefined) console.warn(`skipped: the npm package ${name} is not installed`);
}
const canInstall = process.env["CI"] ? true : await registryAnswers();

describe.runIf(canInstall)("as installed by npm, unchanged", { timeout: 120_000 }, () => {
  let scratch = "";
  let project = "";
  let dns: DnsServer;
  let doh: DohServer;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), "mailseal-runtimes-"));
    project = join(scratch, "project");
    [dns, doh] = await Promise.all([startDnsServer(script), startDohServer(script)]);
    await installLibraries(project, ["@mailseal/signer", "@mailseal/verifier"]);
  }, 300_000);
  afterAll(async () => {
    await Promise.all([dns.close(), doh.close()]);
    await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
  });

  const runChecks = async (
    { program, programArguments }: Omit<ProcessRuntime, "name">,
    file = "process-main.js",
    directory = project,
  ): Promise<unknown> => {
    const addresses = [doh.url, dns.address];
    const line = await runQuietly(program, [...programArguments, file, ...addresses], directory);
    return JSON.parse(line);
  };

  test("Node 24", async () => {
    const node = { program: process.execPath, programArguments: [] };
    expect(await runChecks(node)).toEqual(expectedWithSockets);
  });

  test.each(Object.values(oldestNodes))("Node %s", async (version) => {
    const program = await installNode(join(scratch, `node-${version}`), version);
    const node = { program, programArguments: [] };
    expect(await runChecks(node)).toEqual(expectedWithSockets);
  });

  test.skipIf(deno === undefined)("Deno, of the npm package deno", async () => {
    expect(deno && (await runChecks(deno))).toEqual(expectedWithSockets);
  });

  test.skipIf(bun === undefined)("Bun, of the npm package bun", async () => {
    expect(bun && (await runChecks(bun))).toEqual(expectedWithSockets);
  });

  test.skipIf(!workerd)("workerd, of the npm package miniflare", async () => {
    const bundle = await bundleFor("workerd", join(project, "worker-main.js"));
    await using worker = await startWorker(bundle, { doh: doh.url });
    const response = await worker.dispatchFetch("http://worker.test/");
    expect(await response.json()).toEqual(expected);
  });

  describe("a second copy of @mailseal/crypto in the tree", () => {
    const install = join("node_modules", "@mailseal", "crypto");
    const node = { program: process.execPath, programArguments: [] };
    const application = async (name: string): Promise<string> => {
      const directory = join(project, name);
      await cp(join(project, install), join(directory, install), { recursive: true });
      await cp(join(project, "copies-main.js"), join(directory, "copies-main.js"));
      return directory;
    };

    test("its keys sign", async () => {
      const directory = await application("same-version");
      const results = await runChecks(node, "copies-main.js", directory);
      expect(results).toEqual({ copies: 2, rsa: 1, ed25519: 1 });
    });

    test("of another major version, they are refused with the reason when a signer is made", async () => {
      const directory = await application("later-version");
      const later = join(directory, install, "dist");
      for (const name of await readdir(later)) {
        if (!name.endsWith(".js")) continue;
        const text = await readFile(join(later, name), "utf8");
        await writeFile(join(later, name), text.replace("majorVersion = 0;", "majorVersion = 7;"));
      }
      const results = await runChecks(node, "copies-main.js", directory);
      const refusal = expect.stringMatching(/^key-version: key: expected .* 0\.x, got .* 7\.x/);
      expect(results).toEqual({ copies: 2, rsa: refusal, ed25519: refusal });
    });
  });

  test("an ES module of esbuild, away from every installed package", async () => {
    const directory = join(scratch, "bundled");
    await mkdir(directory);
    const bundle = await bundleFor("node", join(project, "bundle-main.js"));
    await writeFile(join(directory, "bundle.mjs"), bundle);
    const node = { program: process.execPath, programArguments: [] };
    expect(await runChecks(node, "bundle.mjs", directory)).toEqual(withoutPools());
  });
});

function withoutPools(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(expectedWithSockets).filter(([name]) => !name.startsWith("pools: ")),
  );
}
