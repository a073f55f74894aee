import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ScriptedReply } from "@mailseal/testkit/dns-server";
import { runOrThrow } from "./commands.ts";
import {
  addresses,
  type OutsideOrder,
  type OutsideReport,
  type ReceivedMail,
} from "./outside-network.ts";

const program = fileURLToPath(new URL("outside-main.ts", import.meta.url));
const mailDeadlineMs = 60_000;

/**
 * The network outside a machine: its DNS, and the mail servers that receive what it sends.
 *
 *     await using outside = await Outside.start();
 *     outside.publish("mail2026._domainkey.example.com", { txt: ["v=DKIM1; k=rsa; p=..."] });
 *     const { bytes } = await outside.nextMail();
 */
export class Outside {
  /** A process in this network. */
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #directory: string;
  readonly #mail: ReceivedMail[] = [];
  readonly #waiting: ((mail: ReceivedMail) => void)[] = [];

  private constructor(child: ChildProcess, pid: number, directory: string) {
    this.#child = child;
    this.pid = pid;
    this.#directory = directory;
  }

  static async start(): Promise<Outside> {
    const { nameServer, mailServer, sevenBitServer } = addresses;
    const setup = [nameServer, mailServer, sevenBitServer].map(
      (address) => `ip address add ${address}/32 dev lo`,
    );
    const script = ["set -e", "ip link set lo up", ...setup, 'exec "$@"'].join("\n");
    const node = [process.execPath, program];
    const child = spawn("unshare", ["--net", "sh", "-c", script, "sh", ...node], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      serialization: "advanced",
    });
    const directory = mkdtempSync(join(tmpdir(), "mailseal-outside-"));
    const outside = new Outside(child, child.pid ?? 0, directory);
    const ready = new Promise<void>((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (code) => reject(new Error(`the network outside ended with ${code}`)));
      child.on("message", (report: OutsideReport) => {
        if (report.kind === "ready") resolve();
        else outside.#receive(report);
      });
    });
    await ready;
    return outside;
  }

  /** Makes DNS answer so for a name from now on. */
  publish(name: string, reply: ScriptedReply): void {
    const order: OutsideOrder = { name, reply };
    this.#child.send(order);
  }

  /** The first message that no earlier call has returned; waits for it. */
  async nextMail(limitMs: number = mailDeadlineMs): Promise<ReceivedMail> {
    const first = this.#mail.shift();
    if (first !== undefined) return first;
    return new Promise((resolve, reject) => {
      const taken = (mail: ReceivedMail): void => {
        clearTimeout(timer);
        resolve(mail);
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(taken), 1);
        reject(new Error(`no mail has arrived within ${limitMs} ms`));
      }, limitMs);
      this.#waiting.push(taken);
    });
  }

  /**
   * The verdicts of two other implementations, which look the key up in the DNS of this network: of dkimpy's
   * `dkimverify`, and of `opendkim`.
   */
  verdicts(message: Uint8Array): { readonly dkimpy: string; readonly opendkim: string } {
    const file = join(this.#directory, "message.eml");
    writeFileSync(file, message);
    const config = join(this.#directory, "opendkim.conf");
    // It does not read resolv.conf.
    writeFileSync(config, `Mode v\nSyslog no\nNameservers ${addresses.nameServer}\n`);
    return {
      dkimpy: this.#receiver(`/usr/bin/dkimverify <${file} 2>&1 || :`).trim(),
      opendkim: this.#receiver(`opendkim -x ${config} -vv -t ${file} 2>&1 || :`).trim(),
    };
  }

  /** Runs a command of this machine in the network, with its name server as the only one. */
  #receiver(command: string): string {
    const resolv = join(this.#directory, "resolv.conf");
    writeFileSync(resolv, `nameserver ${addresses.nameServer}\n`);
    const script = `mount --bind ${resolv} "$(readlink -f /etc/resolv.conf)" && ${command}`;
    const enter = ["--target", String(this.pid), "--net"];
    return runOrThrow("nsenter", [...enter, "unshare", "--mount", "sh", "-c", script]);
  }

  async stop(): Promise<void> {
    rmSync(this.#directory, { recursive: true, force: true });
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  #receive(mail: ReceivedMail): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#mail.push(mail);
    else waiting(mail);
  }
}
