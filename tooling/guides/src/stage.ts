import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { repositoryRoot } from "@mailseal/testkit";

const openScript = fileURLToPath(new URL("../stage/open.sh", import.meta.url));
const mailboxProgram = fileURLToPath(new URL("mailbox-main.ts", import.meta.url));
const outputFile = "/run/stage/output";
const mailboxDirectory = "/var/mail/received";
/** Programs of other packages that guides use. */
const needed: readonly (readonly [program: string, debianPackage: string])[] = [
  ["/usr/sbin/named", "bind9"],
  ["/usr/bin/swaks", "swaks"],
  ["/usr/sbin/postfix", "postfix"],
  ["/usr/sbin/opendkim", "opendkim"],
  ["/usr/sbin/opendkim-genkey", "opendkim-tools"],
  ["/usr/sbin/ip", "iproute2"],
  ["/usr/bin/curl", "curl"],
  // For systemd-sysusers, systemd-tmpfiles and systemd-analyze, which need no running systemd.
  ["/usr/bin/systemd-tmpfiles", "systemd"],
];

/** The reason that no stage can be opened on this machine; undefined if one can. */
export function stageMissing(): string | undefined {
  const missing = needed.find(([program]) => !existsSync(program));
  if (missing !== undefined) return `${missing[0]} is missing: apt-get install ${missing[1]}`;
  const { status } = spawnSync("unshare", ["--mount", "--net", "--pid", "--uts", "--fork", "true"]);
  return status === 0 ? undefined : "new namespaces are not permitted: run the tests as root";
}

export interface Ended {
  readonly code: number | null;
  /** Standard output and standard error, as a terminal shows them. */
  readonly output: string;
}

/**
 * A machine for one guide: the root of this machine under an overlay, in mount, network and PID namespaces of its own.
 * Whatever is done on it is gone when it is closed, and nobody outside sees its processes, ports and files.
 */
export class Stage {
  readonly #process: ChildProcess;
  readonly #directory: string;
  /** The process that is process 1 inside. */
  readonly #init: number;
  /** The directory in which commands run. */
  readonly #home: string;
  #mailSeen = 0;

  private constructor(process: ChildProcess, directory: string, init: number, home: string) {
    this.#process = process;
    this.#directory = directory;
    this.#init = init;
    this.#home = home;
  }

  /** Commands run in the directory `home`. Rejects, with what it printed, if the machine cannot be made. */
  static async open(home = "/root"): Promise<Stage> {
    const directory = mkdtempSync(join(tmpdir(), "mailseal-stage-"));
    const namespaces = ["--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "--kill-child"];
    const script = ["/bin/bash", openScript, directory, repositoryRoot, process.execPath];
    const child = spawn("unshare", [...namespaces, ...script], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (errors += chunk));
    const ready = once(child.stdout, "data").then(() => true);
    const ended = once(child, "exit").then(() => false);
    if (!(await Promise.race([ready, ended]))) {
      rmSync(directory, { recursive: true, force: true });
      throw new Error(`the stage cannot be opened:\n${errors}`);
    }
    const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8");
    const stage = new Stage(child, directory, Number.parseInt(children, 10), home);
    await stage.mustRun("systemctl start named");
    return stage;
  }

  /**
   * Runs commands as root, like a shell that stops at the first failure, and resolves to what they printed. Programs that they
   * leave running in the background go on.
   */
  async run(commands: string, input: string | Uint8Array = ""): Promise<Ended> {
    const inside = ["-m", "-n", "-p", "-u", "-i", "-r", "-w"];
    const node = dirname(process.execPath);
    const environment = [
      "HOME=/root",
      "LANG=C.UTF-8",
      `PATH=${node}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    ];
    // A pipe would stay open as long as a program in the background.
    const script = `cd '${this.#home}'; exec >${outputFile} 2>&1\n${commands}`;
    const shell = ["env", "-i", ...environment, "/bin/bash", "--norc", "-eu", "-c", script];
    const child = spawn("nsenter", ["-t", String(this.#init), ...inside, ...shell], {
      stdio: ["pipe", "ignore", "inherit"],
    });
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    await once(child, "exit");
    return { code: child.exitCode, output: (await this.read(outputFile)).toString() };
  }

  /** The output of commands that must succeed. */
  async mustRun(commands: string, input?: string | Uint8Array): Promise<string> {
    const { code, output } = await this.run(commands, input);
    if (code !== 0) throw new Error(`ended with ${code}:\n${commands}\n${output}`);
    return output;
  }

  /** Writes a file, in `home` if its path is relative, with the owner and the mode that the package gives to files of that place. */
  async write(path: string, content: string | Uint8Array): Promise<void> {
    const owner = path.startsWith("/etc/mailseal/") ? "-o root -g mailseal -m 0640" : "-m 0644";
    await this.mustRun(`install -D ${owner} /dev/null '${path}'; cat > '${path}'`, content);
  }

  /** Adds the records of a zone, as they stand in the output of a command, and waits until the name server has them. */
  async publish(output: string): Promise<void> {
    const records = output
      .split("\n")
      .filter((line) => /^\S+\._domainkey\.\S+ (?:\d+ )?IN TXT/.test(line));
    if (records.length === 0) throw new Error(`there is no record to publish in:\n${output}`);
    for (const record of records) {
      const [name = ""] = record.split(" ");
      const zone = name.slice(name.indexOf("._domainkey.") + "._domainkey.".length, -1);
      await this.mustRun(`cat >> /etc/bind/db.${zone}`, `${record}\n`);
    }
    await this.mustRun("systemctl restart named");
  }

  /** Starts a mail server that accepts every message at these addresses. */
  async receiveMail(addresses: readonly string[]): Promise<void> {
    const program = `${process.execPath} ${mailboxProgram} ${mailboxDirectory} ${addresses.join(" ")}`;
    await this.mustRun(
      `install -d ${mailboxDirectory}; setsid ${program} >/run/stage/mailbox.log 2>&1 </dev/null &
       for _ in $(seq 200); do grep -qs ready /run/stage/mailbox.log && exit; sleep 0.05; done
       cat /run/stage/mailbox.log; exit 1`,
    );
  }

  /** The next message that the mail server accepts; waits for it. */
  async nextMail(): Promise<Buffer> {
    this.#mailSeen += 1;
    const file = `${mailboxDirectory}/${this.#mailSeen}.eml`;
    await this.mustRun(
      `for _ in $(seq 600); do [ -e ${file} ] && exit; sleep 0.05; done
       ls ${mailboxDirectory}; tail -n 20 /var/log/stage/*.log; exit 1`,
    );
    return this.read(file);
  }

  async read(path: string): Promise<Buffer> {
    const child = spawn("cat", [`/proc/${this.#init}/root${path}`], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    return buffer(child.stdout);
  }

  /** Ends every process on it and removes it. */
  async close(): Promise<void> {
    const exited = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await exited;
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
