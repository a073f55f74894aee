import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { freePort } from "@mailseal/testkit/free-port";
import { reportMessage } from "@mailseal/testkit/milter-report";
import { submit } from "@mailseal/testkit/smtp-client";
import { SmtpSink } from "@mailseal/testkit/smtp-sink";
import { describe, expect, onTestFinished, test } from "vitest";
import { manifestOf, programs } from "../src/programs.ts";
import { debianPackage, type ServingProgram, UnpackedPackage } from "./support/unpacked-package.ts";

const message = [
  "From: Ada <ada@example.com>",
  "To: zoe@example.net",
  "Subject: Lunch",
  "Date: Tue, 24 Nov 2026 09:30:00 +0100",
  "Message-ID: <1@example.com>",
  "",
  "At noon?",
  "",
].join("\r\n");

const local = { family: "4", address: "127.0.0.1" } as const;

/** The part of node-forge that the test uses. */
interface Forge {
  readonly pki: {
    privateKeyFromPem(pem: string | Buffer): unknown;
    encryptRsaPrivateKey(
      key: unknown,
      passphrase: string,
      options: { readonly legacy: boolean; readonly algorithm: string },
    ): string;
  };
}

const hooks = `export const beforeSign = (message) =>
  message.get("Subject") === "Lunch" ? { skip: true } : undefined;
`;

describe.skipIf(debianPackage === "")("the programs of the package, without any other Node", () => {
  const unpacked = debianPackage === "" ? undefined : new UnpackedPackage();
  const installed = (): UnpackedPackage => unpacked ?? expect.unreachable();

  test.each(programs)("$name prints the version of its package", (program) => {
    const { code, stdout } = installed().run(program.name, ["--version"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${manifestOf(program).version}\n` });
  });

  test("mailseal demo makes keys, signs and verifies", () => {
    const { code, stdout, stderr } = installed().run("mailseal", ["demo"]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout.match(/^ {2}pass/gm)?.length).toBe(2);
  });

  test("mailseal sign and verify understand each other", () => {
    const { zone, signed } = signedMessage();
    expect(signed).toMatch(/^DKIM-Signature: /);
    const verdict = installed().run("mailseal", ["verify", "--dns", zone], signed);
    expect(verdict.code).toBe(0);
    expect(verdict.stdout).toContain("pass");
    const altered = installed().run("mailseal", ["verify", "--dns", zone], `${signed}More.\r\n`);
    expect(altered.code).toBe(1);
  });

  test("a key that only node-forge reads can be used", () => {
    const directory = temporaryDirectory("test");
    const programFolder = join(installed().root, "usr/lib/mailseal/cli/");
    const { pki } = createRequire(programFolder)("node-forge") as Forge;
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = pki.encryptRsaPrivateKey(
      pki.privateKeyFromPem(privateKey.export({ type: "pkcs1", format: "pem" })),
      "secret",
      { legacy: true, algorithm: "des" },
    );
    expect(pem).toContain("DES-CBC");
    const key = writeTestFile(directory, "old.key", pem);
    const passphrase = writeTestFile(directory, "passphrase", "secret\n");
    const { code, stdout, stderr } = installed().run(
      "mailseal",
      ["sign", "-d", "example.com", "-s", "s1", "-k", key, "--passphrase-file", passphrase],
      message,
    );
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^DKIM-Signature: /);
  });

  test("the relay signs by SMTP and as a milter, and stops at SIGTERM", async () => {
    const sink = await SmtpSink.start();
    onTestFinished(() => sink.close());
    const { relay, smtpPort, milterPort } = await startRelay(sink.port, {});
    await submit({
      port: smtpPort,
      mailFrom: "<ada@example.com>",
      rcptTo: ["<zoe@example.net>"],
      message: Buffer.from(message),
    });
    expect(sink.messages[0]?.bytes.toString()).toContain("DKIM-Signature: ");
    const { answer, inserted } = await reportMessage(milterPort, {
      client: local,
      header: message.split("\r\n").slice(0, 5),
    });
    expect(answer).toBe("c");
    expect(inserted.join("\n")).toContain("DKIM-Signature: ");
    expect(await relay.stop()).toBe(0);
  });

  test("two processes share the listeners", async () => {
    const sink = await SmtpSink.start();
    onTestFinished(() => sink.close());
    const { relay, milterPort } = await startRelay(sink.port, { processes: 2 });
    const { answer } = await reportMessage(milterPort, { header: ["From: ada@example.com"] });
    expect(answer).toBe("c");
    expect(await relay.stop()).toBe(0);
  });

  test("hooks run in a process of their own", async () => {
    const module = join(temporaryDirectory("test"), "hooks.mjs");
    writeFileSync(module, hooks);
    const sink = await SmtpSink.start();
    onTestFinished(() => sink.close());
    const { relay, milterPort } = await startRelay(sink.port, { hooks: { module } });
    const { pid } = relay.child;
    expect(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim()).toMatch(/^\d+$/);
    const signed = async (subject: string): Promise<boolean> => {
      const header = ["From: ada@example.com", `Subject: ${subject}`];
      const answer = await reportMessage(milterPort, { client: local, header });
      return answer.inserted.some((field) => field.startsWith("DKIM-Signature: "));
    };
    expect(await signed("Lunch")).toBe(false);
    expect(await signed("Dinner")).toBe(true);
    expect(await relay.stop()).toBe(0);
  });

  test("the queue runs in a thread, and the worker delivers from it", async () => {
    const sink = await SmtpSink.start();
    onTestFinished(() => sink.close());
    const queue = { file: join(temporaryDirectory("test"), "queue.db") };
    const { relay, config, smtpPort } = await startRelay(sink.port, { queue }, { mode: "queue" });
    const replies = await submit({
      port: smtpPort,
      mailFrom: "<ada@example.com>",
      rcptTo: ["<zoe@example.net>"],
      message: Buffer.from(message),
    });
    expect(replies.message).toMatch(/^250/);
    const listed = installed().run("mailseal", ["queue", "list", "--config", config]);
    expect(listed.stdout).toContain("zoe@example.net");
    const worker = installed().start("mailseal-worker", ["--config", config]);
    const delivered = await sink.next();
    expect(delivered.bytes.toString()).toContain("DKIM-Signature: ");
    expect(await worker.stop()).toBe(0);
    expect(await relay.stop()).toBe(0);
  });

  test("the demo of the relay serves the page with everything that it loads", async () => {
    const relay = installed().start("mailseal-relay", ["demo"]);
    const [, address = ""] = await relay.printed(/(http:\/\/127\.0\.0\.1:\d+\/?)/);
    await relay.printed(/pass: d=example\.com s=ed1/);
    const page = await get(address);
    expect(page.status).toBe(200);
    const files = Array.from(
      page.body.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g),
      ([, at]) => at,
    );
    expect(files.length).toBeGreaterThan(3);
    const statuses = await Promise.all(
      [...files, "/assets/uplot.js"].map(
        async (file) => (await get(new URL(file ?? "", address).href)).status,
      ),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    relay.child.kill("SIGINT");
  });

  test.each(programs)("$name opens no file that the package lacks", ({ folder, name }) => {
    const home = join(installed().root, "usr/lib/mailseal", folder);
    const code = readdirSync(home)
      .filter((file) => file.endsWith(".js"))
      .map((file) => readFileSync(join(home, file), "utf8"))
      .join("\n");
    const started = new Set(
      Array.from(code.matchAll(/["'`]\.\/([\w-]+-main)\.js/g), ([, at]) => at),
    );
    expect(code).toContain(name);
    for (const script of started) expect(readdirSync(home)).toContain(`${script}.js`);
    expect(started).toContain("writer-thread-main");
    // Everything else is Node's own.
    const imports = Array.from(
      code.matchAll(/(?:^|[;}\s])(?:import|export)\b[^;"'`]*?\bfrom\s*["']([^"']+)["']/g),
      ([, specifier = ""]) => specifier,
    );
    expect(imports.filter((specifier) => !/^(?:node:|\.\/)/.test(specifier))).toEqual([]);
  });

  function makeKey(directory: string): { readonly stdout: string } {
    const args = ["keygen", "-d", "example.com", "-s", "s1", "-o", directory, "--json"];
    return installed().run("mailseal", args);
  }

  function signedMessage(): { readonly zone: string; readonly signed: string } {
    const keys = join(temporaryDirectory("test"), "keys");
    mkdirSync(keys);
    const made = makeKey(keys);
    const { name, record } = JSON.parse(made.stdout) as { name: string; record: string };
    const zone = join(keys, "zone.json");
    writeFileSync(zone, JSON.stringify({ [name]: [record] }));
    const key = join(keys, "example.com/s1.key");
    const { stdout } = installed().run(
      "mailseal",
      ["sign", "-d", "example.com", "-s", "s1", "-k", key],
      message,
    );
    return { zone, signed: stdout };
  }

  async function startRelay(
    nextHopPort: number,
    options: Readonly<Record<string, unknown>>,
    smtp: Readonly<Record<string, unknown>> = {},
  ): Promise<{
    readonly relay: ServingProgram;
    readonly config: string;
    readonly smtpPort: number;
    readonly milterPort: number;
  }> {
    const directory = temporaryDirectory("test");
    makeKey(join(directory, "keys"));
    const [smtpPort, milterPort] = [await freePort(), await freePort()];
    const config = join(directory, "mailseal.yaml");
    writeFileSync(
      config,
      JSON.stringify({
        hostname: "relay.test",
        signing: { selector: "s1", key: join(directory, "keys/%{d}/%{s}.key") },
        bindings: { out: { nextHop: { host: "127.0.0.1", port: nextHopPort, tls: "never" } } },
        defaultBinding: "out",
        listeners: [
          { protocol: "smtp", listen: `127.0.0.1:${smtpPort}`, direction: "outbound", ...smtp },
          { protocol: "milter", listen: `127.0.0.1:${milterPort}` },
        ],
        admin: { listen: `unix:${join(directory, "admin.sock")}` },
        worker: { admin: `unix:${join(directory, "worker.sock")}` },
        ...options,
      }),
    );
    const relay = installed().start("mailseal-relay", ["--config", config]);
    await relay.printed(/"msg":"serving"/);
    return { relay, config, smtpPort, milterPort };
  }
});

async function get(url: string): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    request(url, async (response) => {
      resolve({ status: response.statusCode ?? 0, body: await text(response) });
    })
      .on("error", reject)
      .end();
  });
}
