import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wireResolver } from "@mailseal/dns-record";
import { freePort } from "@mailseal/testkit/free-port";

export type NameServerKind = "named" | "knotd";

const programs = { named: "/usr/sbin/named", knotd: "/usr/sbin/knotd" } as const;
const packages = { named: "bind9", knotd: "knot" } as const;
const tsigName = "mailseal.key";

/** The reason that a server cannot be started on this machine; undefined if it can. */
export function nameServerMissing(kind: NameServerKind): string | undefined {
  return existsSync(programs[kind])
    ? undefined
    : `${kind} is absent: apt-get install ${packages[kind]}`;
}

/** A primary server for example.com on a port of 127.0.0.1 that accepts updates with a TSIG key. */
export class NameServer {
  readonly address: string;
  readonly tsigKeyFile: string;
  readonly directory: string;
  readonly #process: ChildProcess;

  private constructor(directory: string, address: string, child: ChildProcess) {
    this.directory = directory;
    this.address = address;
    this.tsigKeyFile = join(directory, "update.key");
    this.#process = child;
  }

  /** Resolves when the server answers. Rejects with its log if it ends instead. */
  static async start(
    kind: NameServerKind,
    algorithm: string,
    records: string,
  ): Promise<NameServer> {
    const directory = mkdtempSync(join(tmpdir(), "mailseal-dns-"));
    const port = await freePort();
    const secret = randomBytes(32).toString("base64");
    writeFileSync(join(directory, "update.key"), keyText(algorithm, secret), { mode: 0o600 });
    writeFileSync(join(directory, "example.com.zone"), zoneText(records));
    const args =
      kind === "named"
        ? namedArguments(directory, port)
        : knotArguments(directory, port, algorithm, secret);
    const child = spawn(programs[kind], args, { stdio: ["ignore", "ignore", "pipe"] });
    let log = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
    const server = new NameServer(directory, `127.0.0.1:${port}`, child);
    const resolver = wireResolver({ servers: [server.address], timeoutMs: 250, tries: 1 });
    const deadline = AbortSignal.timeout(30_000);
    for (;;) {
      const { status } = await resolver.resolveTxt("ready.example.com");
      if (status === "found") return server;
      if (child.exitCode !== null || deadline.aborted) {
        await server.stop();
        throw new Error(`${kind} does not start:\n${log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exited = once(this.#process, "exit");
      this.#process.kill("SIGKILL");
      await exited;
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function keyText(algorithm: string, secret: string): string {
  return `key "${tsigName}" {\n\talgorithm ${algorithm};\n\tsecret "${secret}";\n};\n`;
}

function zoneText(records: string): string {
  return `$ORIGIN example.com.
$TTL 60
@ IN SOA ns hostmaster 1 3600 600 86400 5
@ IN NS ns
ns IN A 127.0.0.1
ready IN TXT "yes"
${records}
`;
}

function namedArguments(directory: string, port: number): readonly string[] {
  const file = join(directory, "named.conf");
  writeFileSync(
    file,
    `include "${join(directory, "update.key")}";
options {
  directory "${directory}"; pid-file none; session-keyfile none;
  listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };
  recursion no; dnssec-validation no; notify no;
};
controls { };
zone "example.com" {
  type primary; file "example.com.zone";
  update-policy { grant ${tsigName} wildcard *._domainkey.example.com. TXT; };
};
`,
  );
  return ["-g", "-n", "1", "-c", file];
}

function knotArguments(
  directory: string,
  port: number,
  algorithm: string,
  secret: string,
): readonly string[] {
  const file = join(directory, "knot.conf");
  mkdirSync(join(directory, "db"));
  writeFileSync(
    file,
    `server:
    rundir: "${directory}"
    listen: 127.0.0.1@${port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: "${join(directory, "db")}"
log:
  - target: stderr
    any: info
key:
  - id: ${tsigName}
    algorithm: ${algorithm}
    secret: ${secret}
acl:
  - id: update
    key: ${tsigName}
    action: update
    update-type: [ TXT ]
zone:
  - domain: example.com
    storage: "${directory}"
    file: example.com.zone
    acl: update
`,
  );
  return ["-c", file];
}
