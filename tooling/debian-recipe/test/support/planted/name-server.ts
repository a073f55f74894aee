import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addresses, type Outside } from "../../../src/index.ts";

const program = "/usr/sbin/named";
/** In the network outside, beside the scripted name server. */
export const nameServerAddress = "192.0.2.54";

/** The reason that the server cannot be started on this machine; undefined if it can. */
export function nameServerMissing(): string | undefined {
  return existsSync(program) ? undefined : "named is absent: apt-get install bind9";
}

/** BIND as the primary server of example.com in the network outside, which takes updates of key records with a TSIG key. */
export class NameServer {
  /** The text of the file of the TSIG key. */
  readonly tsigKey: string;
  readonly #directory: string;
  readonly #outside: Outside;
  #process: ChildProcess | undefined;
  #serial = 0;

  constructor(outside: Outside) {
    this.#outside = outside;
    this.#directory = mkdtempSync(join(tmpdir(), "mailseal-named-"));
    const secret = randomBytes(32).toString("base64");
    this.tsigKey = `key "mailseal.key" {\n\talgorithm hmac-sha256;\n\tsecret "${secret}";\n};\n`;
    writeFileSync(join(this.#directory, "update.key"), this.tsigKey);
    writeFileSync(
      join(this.#directory, "named.conf"),
      `include "${join(this.#directory, "update.key")}";
options {
  directory "${this.#directory}"; pid-file none; session-keyfile none;
  listen-on { ${nameServerAddress}; ${addresses.gateway}; }; listen-on-v6 { none; };
  recursion no; dnssec-validation no; notify no; allow-query { any; };
};
controls { };
zone "example.com" {
  type primary; file "example.com.zone";
  update-policy { grant mailseal.key wildcard *._domainkey.example.com. TXT; };
};
`,
    );
  }

  /** Serves exactly these records, whatever was updated before, and resolves when it answers. */
  async serve(records: readonly string[]): Promise<void> {
    await this.#end();
    this.#serial += 1;
    rmSync(join(this.#directory, "example.com.zone.jnl"), { force: true });
    writeFileSync(
      join(this.#directory, "example.com.zone"),
      `$ORIGIN example.com.
$TTL 1
@ IN SOA ns hostmaster ${this.#serial} 3600 600 86400 1
@ IN NS ns
ns IN A ${nameServerAddress}
mail IN A ${addresses.machine}
${records.join("\n")}
`,
    );
    const enter = ["--target", String(this.#outside.pid), "--net"];
    const address = `ip address replace ${nameServerAddress}/32 dev lo`;
    const named = `exec ${program} -g -n 1 -c ${join(this.#directory, "named.conf")}`;
    const child = spawn("nsenter", [...enter, "sh", "-c", `${address} && ${named}`], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#process = child;
    let log = "";
    await new Promise<void>((resolve, reject) => {
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        log += text;
        if (log.includes(" running\n")) resolve();
      });
      child.once("exit", (code) => reject(new Error(`named ended with ${code}:\n${log}`)));
    });
  }

  async stop(): Promise<void> {
    await this.#end();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #end(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }
}
