import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** Child processes that are killed when the measurement ends, whatever its outcome. */
export class Children {
  readonly #running = new Set<ChildProcess>();

  start(command: string, args: readonly string[]): ChildProcess {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    // Unread output must not block the process.
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
