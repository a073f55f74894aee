import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { runOrThrow, works } from "./commands.ts";
import { freshRoot } from "./fresh-root.ts";
import { addresses } from "./outside-network.ts";
import type { Outside } from "./outside.ts";

const script = fileURLToPath(new URL("../machine/machine.sh", import.meta.url));
const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const commandLimitMs = 120_000;

/**
 * Runs a program without the capabilities that would change the real machine, because the kernel has one clock, one log and
 * one list of modules for all namespaces.
 */
const restrained = [
  "setpriv",
  "--bounding-set=-sys_time,-sys_module,-sys_rawio,-syslog,-wake_alarm,-block_suspend,-mac_admin",
] as const;

/** How a command ended. */
export interface CommandResult {
  readonly code: number;
  /** Standard output and standard error, in the order in which they were written. */
  readonly output: string;
  readonly elapsedMs: number;
}

export interface RunOptions {
  /** Standard input; nothing by default. */
  readonly input?: string | Uint8Array;
  /** Default: root. */
  readonly user?: string;
  /** Called with all output so far when there is more of it. */
  readonly onOutput?: (output: string) => void;
}

/**
 * A fresh Debian with systemd as PID 1, in namespaces of its own: nothing that it does reaches this machine, and it
 * reaches nothing but the network outside it.
 *
 *     const machine = await Machine.start(outside);
 *     await machine.succeed("apt-get install -y postfix");
 *     await machine.stop();
 */
export class Machine {
  readonly #process: ChildProcess;
  readonly #scratch: string;
  /** Its systemd, as the real machine counts processes. */
  readonly pid: number;

  private constructor(child: ChildProcess, scratch: string, init: number) {
    this.#process = child;
    this.#scratch = scratch;
    this.pid = init;
  }

  static async start(outside: Outside): Promise<Machine> {
    const lower = freshRoot();
    const scratch = mkdtempSync(join(tmpdir(), "mailseal-machine-"));
    for (const folder of ["cgroup", "root", "upper", "work"]) mkdirSync(join(scratch, folder));
    const hasOverlay = canOverlay(scratch, lower);
    if (!hasOverlay)
      runOrThrow("cp", ["-a", "--reflink=auto", `${lower}/.`, join(scratch, "root")]);
    writeIdentity(join(scratch, hasOverlay ? "upper" : "root"));
    const [program, ...limits] = restrained;
    const child = spawn(program, [...limits, "unshare", "--mount", "sh", script, "outer"], {
      stdio: ["pipe", "pipe", "inherit"],
      env: {
        ...process.env,
        RECIPE_SCRATCH: scratch,
        RECIPE_LOWER: hasOverlay ? lower : "",
        RECIPE_HOSTNAME: "mail.example.com",
        RECIPE_OUTSIDE: String(outside.pid),
        RECIPE_ADDRESS: addresses.machine,
        RECIPE_GATEWAY: addresses.gateway,
      },
    });
    const machine = new Machine(child, scratch, await initOf(child));
    await machine.#booted();
    return machine;
  }

  /** Runs shell commands as root in /root, or as another user, to their end. */
  async run(commands: string, options: RunOptions = {}): Promise<CommandResult> {
    const startedMs = performance.now();
    const [program, ...limits] = restrained;
    const entering = this.#entering(commands, options.user ?? "root");
    const child = spawn(program, [...limits, ...entering], {
      stdio: ["pipe", "pipe", "pipe"],
      timeout: commandLimitMs,
      killSignal: "SIGKILL",
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        output += chunk;
        options.onOutput?.(output);
      });
    }
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
    const [code] = (await once(child, "close")) as [number | null];
    return { code: code ?? 128, output, elapsedMs: performance.now() - startedMs };
  }

  /** As `run`, and throws an error with the output unless the exit code is 0. */
  async succeed(commands: string, options: RunOptions = {}): Promise<string> {
    const { code, output } = await this.run(commands, options);
    if (code === 0) return output;
    throw new Error(`exit code ${code} of:\n${commands}\n${output}`);
  }

  /** Runs a program of the real machine in the network of this one. */
  outsider(
    command: string,
    args: readonly string[],
    input: string | Uint8Array = "",
  ): CommandResult {
    const startedMs = performance.now();
    const enter = ["--target", String(this.pid), "--net", command, ...args];
    const { status, stdout, stderr } = spawnSync("nsenter", enter, {
      input,
      encoding: "utf8",
      timeout: commandLimitMs,
    });
    const elapsedMs = performance.now() - startedMs;
    return { code: status ?? 128, output: stdout + stderr, elapsedMs };
  }

  /** Copies a file of the real machine into this one. */
  async copyIn(from: string, to: string): Promise<void> {
    await this.write(to, readFileSync(from));
  }

  /** Writes a file as root, mode 0644. */
  async write(file: string, content: string | Uint8Array): Promise<void> {
    await this.succeed(`mkdir -p "$(dirname '${file}')" && cat >'${file}'`, { input: content });
  }

  /** The log of the whole machine. */
  async log(): Promise<string> {
    return (await this.run("journalctl --no-pager -q -o short-monotonic")).output;
  }

  /** Ends every process of the machine and removes its files. */
  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exited = once(this.#process, "exit");
      this.#process.stdin?.end();
      await exited;
    }
    rmSync(this.#scratch, { recursive: true, force: true, maxRetries: 5 });
  }

  #entering(commands: string, user: string): readonly string[] {
    const spaces = ["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"];
    const home = user === "root" ? "/root" : "/";
    const locale = ["LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"];
    const environment = [`PATH=${path}`, `HOME=${home}`, `USER=${user}`, ...locale];
    const asUser =
      user === "root" ? [] : ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--init-groups"];
    return [
      "nsenter",
      "--target",
      String(this.pid),
      ...spaces,
      "env",
      "-i",
      ...environment,
      ...asUser,
      "bash",
      "-c",
      `cd ${home}\n${commands}`,
    ];
  }

  async #booted(): Promise<void> {
    // systemctl reports an error until systemd listens.
    for (let attempts = 100; ; attempts--) {
      const { code, output } = await this.run("systemctl is-system-running --wait");
      if (code === 0 || output.trim() === "degraded") return;
      if (attempts === 0) throw new Error(`systemd does not start: ${output}\n${await this.log()}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Whether a root can be laid over another one here; it cannot on top of some file systems of containers. */
function canOverlay(scratch: string, lower: string): boolean {
  const [upper, work, root] = ["upper", "work", "root"].map((name) => join(scratch, name));
  const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
  return works("unshare", [
    "--mount",
    "mount",
    "-t",
    "overlay",
    "overlay",
    "-o",
    options,
    root ?? "",
  ]);
}

/** The files in which a fresh machine differs from the root that it was copied from. */
function writeIdentity(root: string): void {
  const { nameServer, machine } = addresses;
  mkdirSync(join(root, "etc"), { recursive: true });
  // Without it, systemd takes the start for the first one, and enables units that the packages did not.
  writeFileSync(join(root, "etc/machine-id"), `${randomUUID().replaceAll("-", "")}\n`);
  // dpkg need not wait for the disk: the machine does not outlive its test.
  mkdirSync(join(root, "etc/dpkg/dpkg.cfg.d"), { recursive: true });
  writeFileSync(join(root, "etc/dpkg/dpkg.cfg.d/unsafe-io"), "force-unsafe-io\n");
  writeFileSync(join(root, "etc/hostname"), "mail.example.com\n");
  writeFileSync(join(root, "etc/hosts"), `127.0.0.1 localhost\n${machine} mail.example.com mail\n`);
  writeFileSync(join(root, "etc/resolv.conf"), `nameserver ${nameServer}\n`);
}

/** PID 1 of the machine as this machine counts, once systemd starts. */
async function initOf(child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error("the machine has no output");
  let parent = "";
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("machine ")) parent = line.slice("machine ".length);
    if (line !== "init") continue;
    const children = readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8");
    return Number(children.trim());
  }
  throw new Error("the machine did not start");
}
