import type { ConfigInput } from "@mailseal/config";
import { ImportAccount, type Place } from "../account.ts";
import {
  ImportError,
  type ImportedConfig,
  type ReadText,
  type Section,
  truth,
} from "../imported-config.ts";
import { keyOptions } from "../key-strength.ts";
import { nextHopOf } from "./next-hop.ts";
import { signingOption } from "./options.ts";
import {
  type MomentumNode,
  type MomentumSetting,
  type MomentumStanza,
  mentions,
  parseMomentum,
} from "./syntax.ts";

const notSigning = "it configures Momentum itself, not signing";

type Level = "global" | "group" | "binding";

/** Converts the DKIM part of a Momentum config, or an `opendkim {}` stanza alone, to a Mailseal config. */
export function importMomentum(file: string, readText: ReadText): ImportedConfig {
  const parsed = parseMomentum(readText(file));
  if (!parsed.ok) {
    throw new ImportError(`${file}:${parsed.line}: ${parsed.reason}`);
  }
  const account = new ImportAccount();
  account.open(file, parsed.lines);
  return new MomentumImport(file, account, readText).run(parsed.nodes);
}

class MomentumImport {
  readonly #file: string;
  readonly #account: ImportAccount;
  readonly #readText: ReadText;
  readonly #domainLines = new Map<string, number>();

  constructor(file: string, account: ImportAccount, readText: ReadText) {
    this.#file = file;
    this.#account = account;
    this.#readText = readText;
  }

  run(nodes: readonly MomentumNode[]): ImportedConfig {
    const config = this.#scope(nodes, "global");
    this.#keysOfDomains(config);
    // Momentum's default; ours is relaxed/relaxed.
    config["signing"] = { canonicalization: "simple/simple", ...(config["signing"] as Section) };
    return {
      config: config as ConfigInput,
      account: this.#account.lines(),
      warnings: this.#account.warnings,
    };
  }

  /** Global, group or binding: each may have `opendkim` stanzas, `opendkim_sign` and nested stanzas. */
  #scope(nodes: readonly MomentumNode[], level: Level): Section {
    const scope: Section = {};
    const signing: Section = {};
    const modules = new Set<string>();
    for (const node of nodes) {
      if (node.kind === "setting") this.#setting(node, level, signing);
      else if (node.name === "opendkim") this.#module(node, modules, level, signing, scope);
      else if (node.name === "binding" && level !== "binding") {
        this.#nested(node, scope, "bindings", "binding");
      } else if (node.name === "binding_group" && level === "global") {
        this.#nested(node, scope, "bindingGroups", "group");
      } else this.#foreign(node);
    }
    const nextHop = nextHopOf(nodes, level, (node) => this.#place(node), this.#account);
    return {
      ...(Object.keys(signing).length === 0 ? {} : { signing }),
      ...(nextHop === undefined ? {} : { nextHop }),
      ...scope,
    };
  }

  #nested(node: MomentumStanza, scope: Section, section: string, level: Level): void {
    this.#frame(node, `${section}.${node.label}`);
    add(scope, section, node.label, this.#scope(node.children, level));
  }

  /** Outside `opendkim`, only `opendkim_sign` concerns DKIM. */
  #setting(node: MomentumSetting, level: Level, signing: Section): void {
    const { name, values } = node;
    if (name === "gateway" || name === "bind_address") return;
    if (name === "opendkim_sign") {
      const sign = truth(values[0] ?? "");
      if (sign === undefined) {
        this.#lost(node, `${values.join(" ")} is neither true nor false: set signing.sign`);
      } else {
        signing["sign"] = sign;
        this.#account.carried(this.#place(node), name, "signing.sign");
      }
    } else if (name.endsWith("include")) {
      this.#lost(
        node,
        `${values.join(" ")} is another file: import it as well, and join the results`,
      );
    } else if (/dkim|domainkeys/.test(name)) {
      this.#lost(node, `unknown module: set the options of signing in the ${level} scope`);
    } else {
      this.#account.notNeeded(this.#place(node), name, notSigning);
    }
  }

  /** A second instance of the module does not continue the first one. */
  #module(
    node: MomentumStanza,
    modules: Set<string>,
    level: Level,
    signing: Section,
    scope: Section,
  ): void {
    modules.add(node.label);
    if (modules.size > 1 && node.label !== [...modules][0]) {
      this.#account.notCarried(
        this.#span(node),
        `opendkim ${node.label}`,
        "another instance of the module makes another signature: add it to signing.signatures",
      );
      return;
    }
    this.#frame(node, "signing");
    for (const child of node.children) {
      if (child.kind === "setting") {
        this.#option(child, signing, level === "global" ? scope : undefined);
      } else if (child.name === "dkim_domain") {
        this.#domain(child, scope);
      } else {
        this.#account.notCarried(
          this.#span(child),
          `${child.name} ${child.label}`,
          "unknown stanza of the opendkim module: remove it, or set its counterpart",
        );
      }
    }
    this.#key(node, signing);
  }

  /** `dkim_domain` selects by From domain, like our `domains`. */
  #domain(node: MomentumStanza, scope: Section): void {
    const label = node.label.toLowerCase();
    if (!/^(?:\*|(?:\*\.)?[^*\s/"@]+)$/.test(label)) {
      this.#account.notCarried(
        this.#span(node),
        `dkim_domain ${node.label}`,
        'patterns are not supported: name each domain in domains, or all subdomains of one as "*.example.com"',
      );
      return;
    }
    this.#frame(node, `domains.${label}`);
    this.#domainLines.set(label, node.line);
    const signing: Section = {};
    for (const child of node.children) {
      if (child.kind === "setting") this.#option(child, signing, undefined);
      else {
        this.#account.notCarried(
          this.#span(child),
          child.name,
          "unknown stanza of dkim_domain: remove it",
        );
      }
    }
    this.#key(node, signing);
    add(scope, "domains", label, { signing });
  }

  #option(node: MomentumSetting, signing: Section, scope: Section | undefined): void {
    const { name, values } = node;
    const place = this.#place(node);
    const target = signingOption(name, values, signing);
    switch (target.kind) {
      case "signing":
        Object.assign(signing, target.options);
        this.#account.carried(place, name, `signing.${names(target.options)}`);
        break;
      case "keys":
      case "statistics":
        if (scope === undefined) {
          this.#lost(node, `${target.kind} applies to the whole config: set it at the top level`);
          break;
        }
        scope[target.kind] = { ...(scope[target.kind] as Section | undefined), ...target.options };
        this.#account.carried(place, name, `${target.kind}.${names(target.options)}`);
        break;
      case "needless":
        this.#account.notNeeded(place, name, target.reason);
        break;
      default:
        this.#lost(node, target.reason);
    }
  }

  /** A short key must be allowed explicitly. */
  #key(node: MomentumStanza, signing: Section): void {
    const { key, keyText } = signing as { readonly key?: string; readonly keyText?: string };
    if (node.children.some(({ name }) => ["key", "keyfile", "keybuf"].includes(name))) {
      Object.assign(
        signing,
        keyOptions(
          { key, keyText },
          { file: this.#file, line: node.line },
          this.#account,
          this.#readText,
        ),
      );
    }
  }

  /** Checks the key of each named domain if its path contains %{d} or %{s}. */
  #keysOfDomains({ signing, domains }: Section): void {
    for (const [domain, scope] of Object.entries((domains ?? {}) as Record<string, Section>)) {
      const own = scope["signing"] as Section;
      const { key, keyText, selector, sign } = { ...(signing as Section | undefined), ...own };
      const isOpen = typeof key === "string" && /%\{[ds]\}/.test(key) && keyText === undefined;
      if (!isOpen || sign === false || domain.includes("*")) continue;
      const path = key.replaceAll("%{d}", domain).replaceAll("%{s}", String(selector ?? ""));
      const place = { file: this.#file, line: this.#domainLines.get(domain) ?? 1 };
      Object.assign(own, keyOptions({ key: path }, place, this.#account, this.#readText));
    }
  }

  /** A stanza that does not correspond to one of our scopes. */
  #foreign(node: MomentumStanza): void {
    const what = `${node.name} ${node.label}`.trim();
    const place = this.#span(node);
    if (node.name === "domain" || node.name === "host") {
      const of = node.name === "domain" ? "to this domain" : "for this host";
      if (node.name === "host" || mentions(node, /dkim|domainkeys|^gateway$|^bind_address$/)) {
        this.#account.notCarried(
          place,
          what,
          `it concerns mail ${of}, but scopes depend on the From domain: decide by recipient in the hook beforeSign, or in the next mail server`,
        );
      } else {
        this.#account.notNeeded(place, what, `it concerns the delivery of mail ${of}, not signing`);
      }
    } else if (mentions(node, /dkim|domainkeys/)) {
      this.#account.notCarried(
        place,
        what,
        "it cannot be converted: write a hook, or set the options of signing (docs/guides/hooks.md)",
      );
    } else {
      this.#account.notNeeded(place, what, notSigning);
    }
  }

  #lost(node: MomentumSetting, whatToDo: string): void {
    this.#account.notCarried(this.#place(node), node.name, whatToDo);
  }

  /** Accounts for the lines of the stanza itself, without its contents. */
  #frame(node: MomentumStanza, became: string): void {
    const { line, openLine, endLine } = node;
    const what = `${node.name} ${node.label}`.trim();
    this.#account.carried({ file: this.#file, line, endLine: openLine }, what, became);
    if (endLine > openLine) {
      this.#account.carried({ file: this.#file, line: endLine }, `end of ${what}`, became);
    }
  }

  #place({ line, endLine }: MomentumSetting): Place {
    return { file: this.#file, line, endLine };
  }

  #span({ line, endLine }: MomentumStanza): Place {
    return { file: this.#file, line, endLine };
  }
}

function names(options: object): string {
  return Object.keys(options).join(", ");
}

function add(scope: Section, section: string, label: string, value: Section): void {
  const entries = (scope[section] ??= {}) as Section;
  const earlier = Object.hasOwn(entries, label) ? (entries[label] as Section) : {};
  entries[label] = merged(earlier, value);
}

/** Merges the parts of a continued stanza; later values win, section by section. */
function merged(one: Section, other: Section): Section {
  const both: Section = { ...one };
  for (const [name, value] of Object.entries(other)) {
    const earlier = both[name];
    both[name] = isSection(earlier) && isSection(value) ? merged(earlier, value) : value;
  }
  return both;
}

function isSection(value: unknown): value is Section {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
