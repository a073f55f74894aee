import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./free-port.ts";
import { mainCf, masterCf, type PostfixConfig } from "./postfix-config.ts";

const run = promisify(execFile);

export type { PostfixConfig } from "./postfix-config.ts";

/** Debian's Postfix, or another of 3.4 or later (the first that logs to a file). */
const daemonDirectories = ["/usr/lib/postfix/sbin", "/usr/libexec/postfix", "/usr/lib/postfix"];
const startDeadlineMs = 30_000;

/** The reason that Postfix cannot run here; undefined if it can. */
export function postfixMissing(): string | undefined {
  if (daemonDirectory() === undefined) return "Postfix is absent: apt-get install postfix";
  return process.getuid?.() === 0 ? undefined : "only root can start Postfix";
}

function daemonDirectory(): string | undefined {
  return daemonDirectories.find((directory) => existsSync(join(directory, "master")));
}

/**
 * A Postfix of its own: configuration, queue and log in a private temporary directory, SMTP on a port of
 * 127.0.0.1. The machine's Postfix, if it has one running, is left alone. To be stopped whatever happens:
 *
 *     const postfix = await Postfix.start({ nextHopPort: sink.port, smtpdMilters: ["inet:127.0.0.1:8891"] });
 *     afterAll(() => postfix.stop());
 */
export class Postfix {
  readonly smtpPort: number;
  /** Holds etc, spool, data and maillog. */
  readonly directory: string;
  readonly #master: ChildProcess;
  /** In its greeting, because another server may have taken the port. */
  readonly #token: string;

  private constructor(directory: string, smtpPort: number, token: string, master: ChildProcess) {
    this.directory = directory;
    this.smtpPort = smtpPort;
    this.#token = token;
    this.#master = master;
  }

  /** Resolves when the server greets. Rejects, with its log, if it does not. */
  static async start(config: PostfixConfig): Promise<Postfix> {
    const missing = postfixMissing();
    if (missing !== undefined) throw new Error(missing);
    // Somebody may take the port before Postfix does.
    for (let attempts = 2; ; attempts--) {
      const postfix = await Postfix.#launch(config);
      const failure = await postfix.#greeting(config);
      if (failure === undefined) return postfix;
      const { log } = postfix;
      await postfix.stop();
      if (attempts === 1) throw new Error(`Postfix does not start: ${failure}\n${log}`);
    }
  }

  static async #launch(config: PostfixConfig): Promise<Postfix> {
    const directory = mkdtempSync(join(tmpdir(), "mailseal-postfix-"));
    // Its daemons run as the user postfix.
    chmodSync(directory, 0o755);
    const smtpPort = await freePort();
    const token = randomUUID();
    const etc = join(directory, "etc");
    mkdirSync(etc);
    writeFileSync(join(etc, "main.cf"), mainCf(directory, config, token));
    writeFileSync(join(etc, "master.cf"), masterCf(smtpPort, config));
    makeQueue(directory);
    const program = join(daemonDirectory() ?? "", "master");
    const master = spawn(program, ["-c", etc, "-s"], { detached: true, stdio: "ignore" });
    await once(master, "spawn");
    return new Postfix(directory, smtpPort, token, master);
  }

  /** The log of Postfix so far. */
  get log(): string {
    const file = join(this.directory, "maillog");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  /** The first match in the log, now or within `limitMs`. */
  async waitForLog(pattern: RegExp, limitMs = 30_000): Promise<RegExpExecArray> {
    const watcher = watch(this.directory);
    try {
      const signal = AbortSignal.timeout(limitMs);
      for (;;) {
        const changed = once(watcher, "change", { signal });
        changed.catch(() => {});
        const match = pattern.exec(this.log);
        if (match !== null) return match;
        await changed;
      }
    } catch (error) {
      throw new Error(`the log has no ${String(pattern)}:\n${this.log}`, { cause: error });
    } finally {
      watcher.close();
    }
  }

  /** Hands a message to sendmail(1), as programs on the machine do: non_smtpd_milters apply. */
  async sendmail(
    sender: string,
    recipients: readonly string[],
    message: Uint8Array,
  ): Promise<void> {
    const args = ["-C", join(this.directory, "etc"), "-i", "-f", sender, "--", ...recipients];
    const sending = run("/usr/sbin/sendmail", args);
    sending.child.stdin?.end(message);
    await sending;
  }

  /** The queue as postqueue(1) lists it, one object for each message. */
  async queue(): Promise<readonly { readonly queue_name: string; readonly queue_id: string }[]> {
    const { stdout } = await run("postqueue", ["-c", join(this.directory, "etc"), "-j"]);
    return stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as { queue_name: string; queue_id: string });
  }

  /** The bytes of a message in the queue, as postcat(1) shows them: with LF. */
  async queued(queueId: string): Promise<string> {
    const etc = join(this.directory, "etc");
    const { stdout } = await run("postcat", ["-c", etc, "-hbq", queueId], { encoding: "latin1" });
    return stdout;
  }

  /** Makes every process read the configuration again, as `postfix reload`. */
  reload(): void {
    this.#master.kill("SIGHUP");
  }

  /** Ends every process of this Postfix and removes its directory. */
  async stop(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#master;
    if (pid !== undefined && exitCode === null && signalCode === null) {
      const exited = once(this.#master, "exit");
      killGroup(pid, "SIGTERM");
      const killer = setTimeout(() => killGroup(pid, "SIGKILL"), 5_000);
      await exited;
      clearTimeout(killer);
    }
    // Its daemons are of the master's group, and may outlive it by a moment.
    if (pid !== undefined) killGroup(pid, "SIGKILL");
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }

  /** The reason that this server did not greet; undefined if it did. */
  async #greeting(config: PostfixConfig): Promise<string | undefined> {
    const deadline = AbortSignal.timeout(config.startDeadlineMs ?? startDeadlineMs);
    while (!deadline.aborted) {
      if (this.#master.exitCode !== null)
        return `master ended with ${this.#master.exitCode}; is the configuration right?`;
      const greeting = await greetingAt(this.smtpPort, deadline);
      if (greeting !== undefined) {
        return greeting.includes(this.#token)
          ? undefined
          : `another server greets: ${greeting.trim()}`;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return "no greeting in time";
  }
}

/** As `postfix check` would make it, which takes seconds. */
function makeQueue(directory: string): void {
  const spool = join(directory, "spool");
  const privately = "active bounce corrupt defer deferred flush hold incoming private saved trace"
    .split(" ")
    .map((name) => join(spool, name));
  mkdirSync(spool);
  mkdirSync(join(spool, "pid"));
  const [maildrop, open] = [join(spool, "maildrop"), join(spool, "public")];
  const data = join(directory, "data");
  for (const made of [...privately, maildrop, open, data]) mkdirSync(made, { mode: 0o700 });
  runOrThrow("chown", ["postfix", ...privately, maildrop, open, data]);
  runOrThrow("chgrp", ["postdrop", maildrop, open]);
  chmodSync(maildrop, 0o730);
  chmodSync(open, 0o710);
}

function runOrThrow(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // None of them is left.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** The first bytes from a server; undefined if there is no server. */
async function greetingAt(port: number, signal: AbortSignal): Promise<string | undefined> {
  const socket = connect({ host: "127.0.0.1", port, signal });
  try {
    const [greeting] = (await once(socket, "data", { signal })) as [Buffer];
    return greeting.toString("latin1");
  } catch {
    return undefined;
  } finally {
    socket.on("error", () => {});
    socket.end("QUIT\r\n");
  }
}
