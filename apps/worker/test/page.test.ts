import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRotation, environmentOf, Journal, type RotationSetup } from "@mailseal/rotation";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { freePort } from "@mailseal/testkit/free-port";
import { submit } from "@mailseal/testkit/smtp-client";
import { expect, onTestFinished, test } from "vitest";
import { content, startSink } from "./worker-under-test.ts";

const relay = fileURLToPath(
  new URL("bin/mailseal-relay.js", import.meta.resolve("@mailseal/relay/package.json")),
);
const worker = fileURLToPath(new URL("run-main.ts", import.meta.url));

function start(program: string, config: string): void {
  const child = spawn(process.execPath, [program, "--config", config], { stdio: "ignore" });
  onTestFinished(async () => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  });
}

/** A rotation whose key is made, and whose record nobody has published yet. */
async function beginRotation(directory: string): Promise<string> {
  const file = join(directory, "rotation.db");
  const journal = new Journal(file);
  const setup: RotationSetup = {
    keyDirectory: join(directory, "keys"),
    publish: { method: "zone", file: join(directory, "new.zone") },
    resolvers: ["127.0.0.1:1"],
    activate: { method: "file" },
  };
  const openTable = (): never => {
    throw new Error("not opened here");
  };
  const rotation = createRotation({
    journal,
    ...environmentOf(setup, { environment: {}, openTable }),
  });
  await rotation.start("example.com", {
    plan: { keys: [{ type: "ed25519", selector: "s2" }] },
    setup,
  });
  journal.close();
  return file;
}

test(
  "the relay's page shows the queue, the destinations and the rotations",
  {
    timeout: 60_000,
  },
  async () => {
    const sink = await startSink({
      react: ({ stage, line }) =>
        stage === "rcpt" && line.includes("later") ? "450 4.2.1 Later" : undefined,
    });
    const directory = temporaryDirectory("test");
    const [port, web] = [await freePort(), await freePort()];
    const config = join(directory, "mailseal.yaml");
    writeFileSync(
      config,
      JSON.stringify({
        hostname: "us.test",
        signing: { sign: false },
        bindings: { out: { nextHop: { host: "127.0.0.1", port: sink.port } } },
        defaultBinding: "out",
        listeners: [
          { protocol: "smtp", listen: `127.0.0.1:${port}`, direction: "outbound", mode: "queue" },
        ],
        admin: { listen: `unix:${join(directory, "relay.sock")}`, web: `127.0.0.1:${web}` },
        queue: { file: join(directory, "queue.db") },
        worker: { admin: `unix:${join(directory, "worker.sock")}`, retry: ["10m"] },
        rotation: { journal: await beginRotation(directory) },
      }),
    );
    const page = async (): Promise<string> => {
      const answer = await fetch(`http://127.0.0.1:${web}/`).catch(() => undefined);
      return (await answer?.text())?.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ") ?? "";
    };
    const waiting = { timeout: 20_000, interval: 200 };

    start(relay, config);
    await expect.poll(page, waiting).toContain("No worker answers at unix:");
    for (const recipient of ["ann", "later"]) {
      const { message } = await submit({
        port,
        mailFrom: "<joe@example.com>",
        rcptTo: [`<${recipient}@example.net>`],
        message: content,
      });
      expect(message).toMatch(/^250/);
    }
    // As the relay itself reads it.
    await expect.poll(page, waiting).toMatch(/Queues Queue Messages Oldest mail 2 /);
    start(worker, config);
    await expect.poll(page, waiting).toMatch(/next-hop out 1 /);
    await expect.poll(page, waiting).toMatch(/Failed out 2 1 1 0/);
    await expect.poll(page, waiting).toMatch(/example\.com (publish|confirm) .* s2 /);
  },
);
