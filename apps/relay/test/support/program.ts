import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { generateKey } from "@mailseal/crypto";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { freePort } from "@mailseal/testkit/free-port";
import { afterThisTest } from "./relay-under-test.ts";

const setClock = fileURLToPath(import.meta.resolve("@mailseal/queue-contract/set-clock"));
const entry = fileURLToPath(new URL("run-main.ts", import.meta.url));

/** The program as a process of its own, from its source. */
export class Program {
  readonly process: ChildProcess;
  readonly lines: string[] = [];
  #wake: () => void = () => undefined;

  /** `clockFile` holds the milliseconds that its wall clock is ahead; it is read at each look at the clock. */
  constructor(args: readonly string[], clockFile?: string) {
    const given = clockFile === undefined ? [] : ["--import", setClock];
    this.process = spawn(process.execPath, [...given, entry, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env["PATH"],
        ...(clockFile === undefined ? {} : { MAILSEAL_CLOCK_FILE: clockFile }),
      },
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      if (stream !== null) {
        createInterface(stream).on("line", (line) => {
          this.lines.push(line);
          this.#wake();
        });
      }
    }
    this.process.on("exit", () => this.#wake());
    afterThisTest(async () => {
      if (this.process.exitCode === null && this.process.signalCode === null) {
        this.process.kill("SIGKILL");
        await once(this.process, "exit");
      }
    });
  }

  /** Waits for the first line that matches. */
  async line(pattern: RegExp, from = 0): Promise<string> {
    for (;;) {
      const found = this.lines.slice(from).find((line) => pattern.test(line));
      if (found !== undefined) {
        return found;
      }
      if (this.process.exitCode !== null || this.process.signalCode !== null) {
        throw new Error(`it ended without ${pattern}: ${this.lines.join("\n")}`);
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    const ended = once(this.process, "exit");
    this.process.kill(signal);
    await ended;
    return this.process.exitCode;
  }
}

export interface WrittenConfig {
  readonly file: string;
  readonly port: number;
  readonly adminSocket: string;
  readonly write: (changes: Record<string, unknown>) => void;
}

/** A config file for a relay that signs for example.com. */
export async function writeConfig(
  nextHopPort: number,
  changes: Record<string, unknown> = {},
): Promise<WrittenConfig> {
  const directory = temporaryDirectory("test");
  const [file, key] = [join(directory, "mailseal.yaml"), join(directory, "key.pem")];
  const adminSocket = join(directory, "admin.sock");
  writeFileSync(key, generateKey({ type: "ed25519" }).toPem(), { mode: 0o600 });
  const port = await freePort();
  const write = (more: Record<string, unknown>): void => {
    // JSON is YAML.
    const config = {
      hostname: "relay.test",
      signing: { selector: "s1", key },
      bindings: { out: { nextHop: { host: "127.0.0.1", port: nextHopPort } } },
      defaultBinding: "out",
      listeners: [{ protocol: "smtp", listen: `127.0.0.1:${port}`, direction: "outbound" }],
      admin: { listen: `unix:${adminSocket}` },
      ...more,
    };
    writeFileSync(file, JSON.stringify(config));
  };
  write(changes);
  return { file, port, adminSocket, write };
}
