import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Postfix, postfixMissing } from "@mailseal/testkit/postfix";
import { domain, rsaKey } from "../fixtures.ts";
import { CountingSink, programsMissing, type ServerProgram, startServer } from "./smtp-programs.ts";

const relayProgram = fileURLToPath(
  new URL("../bin/mailseal-relay.js", import.meta.resolve("@mailseal/relay")),
);

/** A path that mail takes from a port to a counting sink. */
export interface MailPath {
  readonly name: string;
  readonly port: number;
  readonly sink: CountingSink;
  /** The program that signs; its memory is measured. */
  readonly signer?: ServerProgram;
}

export interface InspectedSigner {
  /** The ws: address of its inspector. */
  readonly inspector: string;
  readonly processId: number;
}

/** The reason that the paths cannot be used here; undefined if they can. */
export function pathsMissing(): string | undefined {
  return postfixMissing() ?? programsMissing();
}

/** Starts paths, and stops everything it started in reverse order. */
export class MailPaths {
  readonly #directory = mkdtempSync(join(tmpdir(), "mailseal-paths-"));
  readonly #started: { stop(): Promise<void> }[] = [];
  #files = 0;

  async direct(): Promise<MailPath> {
    const sink = await this.#sink();
    return { name: "smtp-source to smtp-sink", port: sink.port, sink };
  }

  /** Our relay in the SMTP path. */
  async relay(
    settings: Record<string, unknown> = {},
    nodeOptions: readonly string[] = [],
    onOutput?: (text: string) => void,
  ): Promise<MailPath> {
    const sink = await this.#sink();
    const signer = await this.#relay(
      (port) => ({ protocol: "smtp", listen: `127.0.0.1:${port}`, direction: "outbound" }),
      {
        bindings: { out: { nextHop: { host: "127.0.0.1", port: sink.port, tls: "never" } } },
        defaultBinding: "out",
        ...settings,
      },
      nodeOptions,
      onOutput,
    );
    return { name: "relay", port: signer.port, sink, signer };
  }

  /** The same in one process, with its inspector open. */
  async inspectedRelay(): Promise<MailPath & InspectedSigner> {
    let output = "";
    const path = await this.relay({ processes: 1 }, ["--inspect=127.0.0.1:0"], (text) => {
      output += text;
    });
    const inspector = /ws:\S+/.exec(output)?.[0];
    const processId = path.signer?.process.pid;
    if (inspector === undefined || processId === undefined) {
      throw new Error(`the relay has no inspector: ${output}`);
    }
    return { ...path, inspector, processId };
  }

  /** Postfix with our relay as its milter. */
  async milter(): Promise<MailPath> {
    const signer = await this.#relay((port) => ({
      protocol: "milter",
      listen: `127.0.0.1:${port}`,
    }));
    return this.#behindPostfix("Postfix with our milter", signer);
  }

  async openDkim(): Promise<MailPath> {
    const key = this.#file("rsa.pem", rsaKey.toPem());
    const signer = this.#keep(
      await startServer("/usr/sbin/opendkim", (port) => [
        "-f",
        "-x",
        this.#file(
          "opendkim.conf",
          [
            `Domain ${domain}`,
            "Selector rsa",
            `KeyFile ${key}`,
            `Socket inet:${port}@127.0.0.1`,
            "Mode s",
            "Canonicalization relaxed/relaxed",
            "OversignHeaders From",
            // Everybody can write to the temporary folder.
            "RequireSafeKeys no",
            "Background no",
            "Syslog no",
            "",
          ].join("\n"),
        ),
      ]),
    );
    return this.#behindPostfix("Postfix with OpenDKIM", signer);
  }

  async stop(): Promise<void> {
    for (const started of this.#started.toReversed()) {
      await started.stop();
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #behindPostfix(name: string, signer: ServerProgram): Promise<MailPath> {
    const sink = await this.#sink();
    const postfix = this.#keep(
      await Postfix.start({
        nextHopPort: sink.port,
        smtpdMilters: [`inet:127.0.0.1:${signer.port}`],
        // Otherwise Postfix slows its clients down while it delivers.
        main: { in_flow_delay: "0" },
      }),
    );
    return { name, port: postfix.smtpPort, sink, signer };
  }

  async #sink(): Promise<CountingSink> {
    const sink = await CountingSink.start();
    this.#keep(sink.server);
    return sink;
  }

  async #relay(
    listenerAt: (port: number) => Record<string, unknown>,
    settings: Record<string, unknown> = {},
    nodeOptions: readonly string[] = [],
    onOutput?: (text: string) => void,
  ): Promise<ServerProgram> {
    const key = this.#file("rsa.pem", rsaKey.toPem());
    const admin = join(this.#directory, `admin-${this.#files}.sock`);
    const spoolDirectory = join(this.#directory, "spool");
    mkdirSync(spoolDirectory, { recursive: true });
    return this.#keep(
      await startServer(
        process.execPath,
        (port) => {
          const config = {
            hostname: "relay.test",
            signing: { selector: "rsa", key },
            listeners: [listenerAt(port)],
            processes: "auto",
            admin: { listen: `unix:${admin}` },
            spoolDirectory,
            ...settings,
          };
          const file = this.#file("mailseal.json", JSON.stringify(config));
          return [...nodeOptions, relayProgram, "--config", file];
        },
        onOutput,
      ),
    );
  }

  #keep<T extends { stop(): Promise<void> }>(started: T): T {
    this.#started.push(started);
    return started;
  }

  #file(name: string, content: string): string {
    this.#files += 1;
    const path = join(this.#directory, `${this.#files}-${name}`);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  }
}
