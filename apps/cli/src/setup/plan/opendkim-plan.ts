import { readFileSync } from "node:fs";
import { fileStateOn, type Host, pathOn } from "../../host/host.ts";
import { keyFileOf } from "../../host/layout.ts";
import type { Opendkim } from "../../host/opendkim.ts";
import { ImportError } from "../../import/imported-config.ts";
import { importOpendkim } from "../../import/opendkim/opendkim.ts";
import { SetupError } from "../setup-error.ts";
import { type Section, signaturesOf } from "./signatures-in-config.ts";

/** An OpenDKIM configuration as ours, with its keys in our key directory. */
export interface OpendkimPlan {
  /** The sections of the config, except listeners. */
  readonly sections: Readonly<Record<string, unknown>>;
  /** Whom the listener signs for. */
  readonly listener: Readonly<Record<string, unknown>>;
  readonly keys: readonly ImportedKey[];
  /** Lines for people: what was not carried over, and warnings. */
  readonly remarks: readonly string[];
}

interface ImportedKey {
  readonly domain: string;
  readonly selector: string;
  /** OpenDKIM's file, and its copy. */
  readonly from: string;
  readonly file: string;
}

/** Converts the configuration and plans a copy of each key, because OpenDKIM's own are for its user alone. */
export async function opendkimPlan(host: Host, { configFile }: Opendkim): Promise<OpendkimPlan> {
  const imported = readImport(host, configFile);
  const { listeners = [], ...sections } = structuredClone(imported.config);
  const copies = new KeyCopies();
  const remarks: string[] = [];
  for (const { signing, domain } of signaturesOf(sections as Section)) {
    const { key } = signing;
    if (typeof key !== "string") continue;
    const known = typeof signing["domain"] === "string" ? signing["domain"] : domain;
    const from = known === undefined ? key : key.replaceAll("%{d}", known);
    const selector = typeof signing["selector"] === "string" ? signing["selector"] : "default";
    if (from.includes("%{") || known === undefined) {
      remarks.push(
        `the key ${key} depends on the domain of each message and stays where it is: let the user mailseal read it`,
      );
    } else if ((await fileStateOn(host, from))?.kind === "file") {
      signing["key"] = copies.add({ domain: known, selector, from });
    } else {
      remarks.push(
        `the key ${from} cannot be found: put it there, or remove its line from ${configFile}`,
      );
    }
  }
  const [listener] = listeners;
  const { protocol: _protocol, listen: _listen, ...choices } = listener ?? {};
  return {
    sections,
    listener: withoutSocket(choices),
    keys: copies.all,
    remarks: [
      ...imported.account
        .filter(({ fate }) => fate === "not-carried")
        .map(({ file, line, text }) => `${file}:${line}: not carried over: ${text}`),
      ...imported.warnings.map(({ file, line, text }) => `${file}:${line}: ${text}`),
      ...remarks,
    ],
  };
}

function readImport(host: Host, file: string): ReturnType<typeof importOpendkim> {
  try {
    return importOpendkim(file, (name) => readFileSync(pathOn(host, name), "utf8"));
  } catch (error) {
    if (error instanceof ImportError || (error instanceof Error && "code" in error)) {
      throw new SetupError(
        `the configuration of OpenDKIM in ${file} cannot be read: ${error.message}; repair it, or leave OpenDKIM alone with --opendkim keep`,
      );
    }
    throw error;
  }
}

function withoutSocket(choices: object): Readonly<Record<string, unknown>> {
  const ours = new Set(["socketMode", "socketGroup", "name"]);
  return Object.fromEntries(Object.entries(choices).filter(([name]) => !ours.has(name)));
}

/** The copies of keys: one for each file, under a name of its own. */
class KeyCopies {
  readonly #byPlace = new Map<string, ImportedKey>();

  get all(): readonly ImportedKey[] {
    return [...this.#byPlace.values()];
  }

  /** Resolves to the path of the copy. Two files with one domain and selector get different names. */
  add({ domain, selector, from }: Omit<ImportedKey, "file">): string {
    for (let number = 1; ; number++) {
      const name = number === 1 ? selector : `${selector}-${number}`;
      const file = keyFileOf(domain, name);
      const there = this.#byPlace.get(file);
      if (there === undefined) this.#byPlace.set(file, { domain, selector, from, file });
      if (there === undefined || there.from === from) return file;
    }
  }
}
