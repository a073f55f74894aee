import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { inject, onTestFinished } from "vitest";
import { programs } from "../../src/programs.ts";

/** The package that was built before all tests; "" where none can be built. */
export const debianPackage: string = inject("debianPackage");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The files of the package in a folder that has no other Node and no node_modules around it. */
export class UnpackedPackage {
  readonly root: string;
  /** A program finds no other Node, and no variable of this process. */
  readonly #environment = { PATH: "/nonexistent", TMPDIR: temporaryDirectory("file") };

  constructor() {
    this.root = temporaryDirectory("file");
    execFileSync("dpkg-deb", ["-x", debianPackage, this.root]);
  }

  /** Runs a program with the Node of the package to its end. */
  run(name: string, args: readonly string[], input: string | Uint8Array = ""): Ended {
    const [node, script] = this.#command(name);
    const options = { input, env: this.#environment, encoding: "utf8", timeout: 60_000 } as const;
    const { status, stdout, stderr } = spawnSync(node, [script, ...args], options);
    return { code: status, stdout, stderr };
  }

  /** Starts a program that serves; it is killed after the test at the latest. */
  start(name: string, args: readonly string[]): ServingProgram {
    const [node, script] = this.#command(name);
    const child = spawn(node, [script, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: this.#environment,
    });
    onTestFinished(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    });
    return new ServingProgram(child);
  }

  #command(name: string): readonly [node: string, script: string] {
    const home = join(this.root, "usr/lib/mailseal");
    const folder = programs.find((program) => program.name === name)?.folder ?? "";
    return [join(home, "bin/node"), join(home, folder, `${name}.js`)];
  }
}

/** A program and what it has printed. */
export class ServingProgram {
  readonly child: ChildProcess;
  #output = "";
  #wake: () => void = () => undefined;

  constructor(child: ChildProcess) {
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
        this.#wake();
      });
    }
    child.once("close", () => this.#wake());
  }

  get output(): string {
    return this.#output;
  }

  /** Waits until the output matches, and resolves to the match. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match !== null) return match;
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`it ended without ${pattern}:\n${this.#output}`);
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Ends it as systemd does, and resolves to its exit code. */
  async stop(): Promise<number | null> {
    const ended = once(this.child, "exit");
    this.child.kill("SIGTERM");
    await ended;
    return this.child.exitCode;
  }
}
