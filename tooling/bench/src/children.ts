import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** Processes that end with the measurement, however it ends. */
export class Children {
  readonly #running = new Set<ChildProcess>();

  start(command: string, args: readonly string[]): ChildProcess {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    // What nobody reads must not hold it up.
    child.stdout?.resume();
    this.#running.add(child);
    child.on("exit", () => this.#running.delete(child));
    return child;
  }

  async end(): Promise<void> {
    await Promise.all(
      [...this.#running].map(async (child) => {
        const exited = once(child, "exit");
        child.kill("SIGKILL");
        await exited;
      }),
    );
  }
}
