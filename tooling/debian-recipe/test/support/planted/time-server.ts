import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { addresses, type Outside } from "../../../src/index.ts";

const program = fileURLToPath(new URL("time-server-main.ts", import.meta.url));
export const timeServerAddress: string = addresses.gateway;

/** A time server in the network outside. Its clock is ours, until it is set. */
export class TimeServer {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(outside: Outside): Promise<TimeServer> {
    const enter = ["--target", String(outside.pid), "--net"];
    const child = spawn("nsenter", [...enter, process.execPath, program, timeServerAddress], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    await once(child, "message");
    return new TimeServer(child);
  }

  /** Sets its clock ahead of ours. */
  async setAhead(milliseconds: number): Promise<void> {
    const taken = once(this.#child, "message");
    this.#child.send({ milliseconds });
    await taken;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}
