import type { ConfigInput, SigningSettings } from "@mailseal/policy/config";
import { ImportNotes, type ImportedConfig, truth } from "./imported-config.ts";
import { signingOption } from "./momentum-options.ts";
import { type MomentumNode, type MomentumStanza, parseMomentum } from "./momentum-syntax.ts";
import type { ReadText } from "./opendkim-files.ts";

type Section = Record<string, unknown>;

/** Thrown where the file is no Momentum config at all. */
export class MomentumImportError extends Error {}

/** Reads a Momentum config, or its `opendkim {}` stanza alone, and says its DKIM part in our words. */
export function importMomentum(file: string, readText: ReadText): ImportedConfig {
  const parsed = parseMomentum(readText(file));
  if (!parsed.ok) {
    throw new MomentumImportError(`${file}:${parsed.line}: ${parsed.reason}`);
  }
  return new MomentumImport(file).run(parsed.nodes);
}

class MomentumImport {
  readonly #file: string;
  readonly #notes = new ImportNotes();

  constructor(file: string) {
    this.#file = file;
  }

  run(nodes: readonly MomentumNode[]): ImportedConfig {
    const config = this.#scope(nodes, "global");
    // Theirs where nothing is said; ours would be relaxed/relaxed.
    config["signing"] = { canonicalization: "simple/simple", ...(config["signing"] as Section) };
    return { config: config as ConfigInput, notes: this.#notes.lines };
  }

  /** Global, group, binding or domain: all may have an `opendkim` stanza, `opendkim_sign` and what is below. */
  #scope(nodes: readonly MomentumNode[], level: "global" | "group" | "binding"): Section {
    const scope: Section = {};
    const signing: Section = {};
    for (const node of nodes) {
      if (node.kind === "setting") {
        this.#setting(node, signing);
      } else if (node.name === "opendkim") {
        this.#opendkim(node, signing, scope);
      } else if (node.name === "domain") {
        this.#add(scope, "domains", node.label, { signing: this.#domainSigning(node) });
      } else if (node.name === "binding" && level !== "binding") {
        this.#add(scope, "bindings", node.label, this.#scope(node.children, "binding"));
      } else if (node.name === "binding_group" && level === "global") {
        this.#add(scope, "bindingGroups", node.label, this.#scope(node.children, "group"));
      }
    }
    return Object.keys(signing).length === 0 ? scope : { signing, ...scope };
  }

  /** Outside of `opendkim`, only its switch is of DKIM; a whole MTA's other options are not ours to tell of. */
  #setting(
    { name, values, line }: Extract<MomentumNode, { kind: "setting" }>,
    signing: Section,
  ): void {
    if (name === "opendkim_sign") {
      signing["sign"] = truth(values[0] ?? "") ?? true;
    } else if (name.endsWith("include")) {
      this.#note(line, `${name} ${values.join(" ")}: import that file as well`);
    }
  }

  #opendkim({ children }: MomentumStanza, signing: Section, scope: Section): void {
    for (const node of children) {
      if (node.kind === "setting") {
        this.#option(node, signing, scope);
      } else if (node.name === "dkim_domain") {
        this.#add(scope, "domains", node.label, { signing: this.#domainSigning(node) });
      } else {
        this.#note(node.line, `${node.name} ${node.label}: has no counterpart`);
      }
    }
  }

  #domainSigning({ children }: MomentumStanza): SigningSettings {
    const signing: Section = {};
    for (const node of children) {
      if (node.kind === "stanza" && node.name === "opendkim") {
        this.#opendkim(node, signing, {});
      } else if (node.kind === "setting") {
        this.#option(node, signing, {});
      }
    }
    return signing as SigningSettings;
  }

  #option(
    { name, values, line }: Extract<MomentumNode, { kind: "setting" }>,
    signing: Section,
    scope: Section,
  ): void {
    const target = signingOption(name, values, signing);
    switch (target.kind) {
      case "signing":
        Object.assign(signing, target.options);
        break;
      case "keys":
        scope["keys"] = { ...(scope["keys"] as Section | undefined), ...target.options };
        break;
      case "statistics":
        scope["statistics"] = target.options;
        break;
      case "needless":
        break;
      default:
        this.#note(line, `${name} = ${values.join(" ")}: ${target.reason}`);
    }
  }

  #add(scope: Section, section: string, label: string, value: Section): void {
    const entries = (scope[section] ??= {}) as Section;
    entries[label] = {
      ...(Object.hasOwn(entries, label) ? (entries[label] as Section) : {}),
      ...value,
    };
  }

  #note(line: number, text: string): void {
    this.#notes.add({ file: this.#file, line }, text);
  }
}
