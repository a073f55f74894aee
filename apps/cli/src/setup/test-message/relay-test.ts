import { once } from "node:events";
import { mkdtemp, rm, writeFile, chmod, chown } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseDocument } from "yaml";
import { findUser } from "../../host/accounts.ts";
import { failureOf, type Host, pathOn, readTextOn } from "../../host/host.ts";
import { layout } from "../../host/layout.ts";
import { SetupError } from "../setup-error.ts";
import { startLoopbackListener } from "./loopback-listener.ts";
import { submitBySmtp } from "./submit-mail.ts";
import { testMail, testRecipient } from "./test-mail.ts";
import type { TestOutcome } from "./test-outcome.ts";

const arrivalMs = 20_000;
const startMs = 20_000;

/**
 * Sends a message through a second relay that has the config, the user and the keys of the first, but listens on a port of its
 * own and delivers to a listener of ours: the real next hop would be somebody else's server.
 */
export async function testThroughRelay(
  host: Host,
  domain: string,
): Promise<readonly TestOutcome[]> {
  const listener = await startLoopbackListener("127.0.0.1", "smtp");
  const directory = await mkdtemp(pathOn(host, "/run/mailseal-test-"));
  const ended = new AbortController();
  try {
    const user = await findUser(host, layout.user);
    if (user === undefined) throw new SetupError(`this machine has no user ${layout.user}`);
    await chown(directory, user.uid, user.gid);
    const port = await unusedPort();
    const config = join(directory, "relay.yaml");
    await writeFile(config, await testConfig(host, directory, port, listener.port), {
      mode: 0o600,
    });
    await chown(config, user.uid, user.gid);
    await chmod(directory, 0o700);
    const identity = [`--reuid=${layout.user}`, `--regid=${layout.group}`, "--init-groups"];
    const args = [...identity, layout.relayProgram, "--config", config];
    const running = host.run("setpriv", args, { signal: ended.signal });
    const way = "by SMTP";
    const mail = testMail(domain, testRecipient);
    const refusal = await Promise.race([
      submitWhenReady(port, mail),
      running.then(
        (result) => `the relay did not start: ${failureOf("mailseal-relay", result) ?? "it ended"}`,
      ),
    ]);
    if (refusal !== undefined) return [{ way, mail, result: "refused", reason: refusal }];
    const bytes = await listener.arrival(mail.mark, arrivalMs);
    return [
      bytes === undefined
        ? { way, mail, result: "lost", reason: undefined }
        : { way, mail, result: "arrived", bytes },
    ];
  } finally {
    ended.abort();
    await listener.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** The config of the relay with one listener, and with our next hop in place of every other. */
async function testConfig(
  host: Host,
  directory: string,
  port: number,
  nextHopPort: number,
): Promise<string> {
  const document = parseDocument((await readTextOn(host, layout.config)) ?? "");
  const nextHop = { host: "127.0.0.1", port: nextHopPort, tls: "never" };
  document.setIn(
    ["listeners"],
    [
      {
        protocol: "smtp",
        direction: "outbound",
        listen: `127.0.0.1:${port}`,
        binding: "mailseal-test",
      },
    ],
  );
  document.setIn(["bindings", "mailseal-test"], { nextHop });
  document.setIn(["admin"], { listen: `unix:${join(directory, "admin.sock")}` });
  for (const name of ["queue", "statistics", "processes", "reflector"]) document.deleteIn([name]);
  return document.toString();
}

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** The relay listens a moment after its start. */
async function submitWhenReady(
  port: number,
  mail: ReturnType<typeof testMail>,
): Promise<string | undefined> {
  const pauseMs = 200;
  for (let waitedMs = 0; ; waitedMs += pauseMs) {
    const refusal = await submitBySmtp({ host: "127.0.0.1", port }, mail);
    if (refusal === undefined || !/ECONNREFUSED/.test(refusal) || waitedMs >= startMs)
      return refusal;
    await sleep(pauseMs);
  }
}
