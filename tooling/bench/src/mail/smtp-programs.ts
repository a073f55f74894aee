import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { freePort } from "@mailseal/testkit/free-port";

/** Programs from the Debian packages postfix and opendkim. */
const programs = ["/usr/sbin/smtp-source", "/usr/sbin/smtp-sink", "/usr/sbin/opendkim"];

/** The reason that the mail suites cannot run here; undefined if they can. */
export function programsMissing(): string | undefined {
  const absent = programs.filter((program) => !existsSync(program));
  return absent.length === 0
    ? undefined
    : `${absent.join(", ")} not found; run: apt-get install postfix opendkim`;
}

/** A server program on a port of 127.0.0.1. */
export interface ServerProgram {
  readonly port: number;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

/** Starts a server and resolves when it accepts connections. */
export async function startServer(
  command: string,
  argumentsFor: (port: number) => readonly string[],
  onOutput: (text: string) => void = () => undefined,
): Promise<ServerProgram> {
  const port = await freePort();
  const child = spawn(command, argumentsFor(port), { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("latin1").on("data", (text: string) => {
      output = (output + text).slice(-4096);
      onOutput(text);
    });
  }
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      const killer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await exited;
      clearTimeout(killer);
    }
  };
  for (let attempts = 300; !(await takesConnections(port)); attempts--) {
    if (child.exitCode !== null || attempts === 0) {
      await stop();
      throw new Error(`${command} does not start: ${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { port, process: child, stop };
}

/** Postfix's smtp-sink, which accepts, counts and discards mail. */
export class CountingSink {
  readonly server: ServerProgram;
  #taken = 0;
  #wake: () => void = () => undefined;
  #tail = "";

  private constructor(server: ServerProgram) {
    this.server = server;
  }

  static async start(): Promise<CountingSink> {
    const server = await startServer("/usr/sbin/smtp-sink", (port) => [
      "-c",
      "-u",
      "nobody",
      `127.0.0.1:${port}`,
      "1024",
    ]);
    const sink = new CountingSink(server);
    server.process.stdout?.on("data", (text: string) => sink.#read(text));
    return sink;
  }

  get port(): number {
    return this.server.port;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Resolves when it has received `count` messages in total. Rejects if none arrives for a minute. */
  async until(count: number): Promise<void> {
    while (this.#taken < count) {
      const before = this.#taken;
      const isLate = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(true), 60_000);
        this.#wake = () => {
          clearTimeout(timer);
          resolve(false);
        };
      });
      if (isLate && this.#taken === before) {
        throw new Error(
          `the sink received ${this.#taken} of ${count} messages, then none for a minute`,
        );
      }
    }
  }

  /** It rewrites one line of counters: `sess=1 quit=1 mesg=5` and a carriage return. */
  #read(text: string): void {
    const counts = (this.#tail + text).match(/mesg=\d+(?=\s)/g);
    this.#tail = (this.#tail + text).slice(-100);
    const last = counts?.at(-1);
    if (last !== undefined) {
      this.#taken = Number(last.slice("mesg=".length));
      this.#wake();
    }
  }
}

export interface Load {
  readonly port: number;
  readonly messages: number;
  readonly connections: number;
  /** A file with the message, or a number of octets for a message made by smtp-source. */
  readonly message: string | number;
  /** Prefixes each recipient with a number, counting from 1. */
  readonly numbered?: boolean;
}

/** Sends with Postfix's smtp-source, which keeps its connections open. Resolves when all messages are accepted. */
export async function sendWithSmtpSource(load: Load): Promise<void> {
  const { port, messages, connections, message, numbered = false } = load;
  const child = spawn(
    "/usr/sbin/smtp-source",
    [
      "-d",
      "-s",
      String(connections),
      "-m",
      String(messages),
      ...(typeof message === "string" ? ["-F", message] : ["-l", String(message)]),
      ...(numbered ? ["-N"] : []),
      "-f",
      "alice@example.com",
      "-t",
      "bob@example.net",
      `inet:127.0.0.1:${port}`,
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) {
    throw new Error(`smtp-source ended with ${code}: ${errors.trim()}`);
  }
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect({ host: "127.0.0.1", port });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
