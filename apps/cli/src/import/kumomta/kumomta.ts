import type { ConfigInput } from "@mailseal/config";
import { ImportAccount } from "../account.ts";
import {
  type ImportedConfig,
  ImportError,
  type ReadText,
  type Section,
} from "../imported-config.ts";
import { keyOptions } from "../key-strength.ts";
import { optionsOf, type Settings } from "./options.ts";
import { readToml, type TomlLeaf } from "./toml-lines.ts";

/** The path where the helper looks for keys, as one of our templates. */
const keyTemplate = "/opt/kumomta/etc/dkim/%{d}/%{s}.key";

interface Block {
  readonly settings: Map<string, TomlLeaf>;
  /** The first line, for statements about the whole block. */
  readonly line: number;
}

/** Converts dkim_data.toml of the KumoMTA policy helper dkim_sign to a Mailseal config. */
export function importKumomta(file: string, readText: ReadText): ImportedConfig {
  const text = readText(file);
  if (text.trimStart().startsWith("{")) {
    throw new ImportError(
      `${file}:1: the file is JSON, expected TOML; write the data as dkim_data.toml`,
    );
  }
  return new KumomtaImport(file, text, readText).run();
}

class KumomtaImport {
  readonly #file: string;
  readonly #account = new ImportAccount();
  readonly #readText: ReadText;
  readonly #base: Block = { settings: new Map(), line: 1 };
  readonly #domains = new Map<string, Block>();
  readonly #signatures = new Map<string, Block>();

  constructor(file: string, text: string, readText: ReadText) {
    this.#file = file;
    this.#readText = readText;
    const { leaves, headings, lines } = readToml(text, file);
    this.#account.open(file, lines);
    for (const { path, line } of headings) {
      const block = this.#block(path, line);
      const name = path.join(" ");
      if (block !== undefined) this.#account.carried({ file, line }, `[${name}]`, "its options");
      else if (path[0] === "domain" && path.length === 2) this.#badDomain(path[1], line, line);
    }
    for (const leaf of leaves) this.#sort(leaf);
  }

  run(): ImportedConfig {
    const additional = this.#additional();
    const always = additional.filter((name) => !this.#isFallback(name));
    const base = this.#options(this.#base, undefined);
    const everywhere = always.map((name) => this.#signature(name));
    const fallback = additional.map((name) => this.#signature(name));
    const domains: Section = {};
    for (const [domain, block] of this.#domains) {
      const own = this.#options(block, domain);
      domains[domain] = {
        signing:
          additional.length === 0
            ? { sign: true, ...own }
            : { sign: true, signatures: [own, ...everywhere] },
      };
    }
    const signing = {
      canonicalization: "relaxed/relaxed",
      key: keyTemplate,
      ...base,
      ...(fallback.length === 0 ? { sign: false } : { signatures: fallback }),
    };
    this.#unused(additional);
    return {
      config: { signing, domains } as ConfigInput,
      account: this.#account.lines(),
      warnings: this.#account.warnings,
    };
  }

  #block(path: readonly string[], line: number): Block | undefined {
    const [section, name] = path;
    if (section === "base" && path.length === 1) return this.#base;
    if (path.length !== 2 || typeof name !== "string") return undefined;
    const blocks =
      section === "domain" ? this.#domains : section === "signature" ? this.#signatures : undefined;
    if (blocks === undefined || (blocks === this.#domains && !isDomain(name))) return undefined;
    const key = blocks === this.#domains ? name.toLowerCase() : name;
    const block = blocks.get(key) ?? { settings: new Map<string, TomlLeaf>(), line };
    blocks.set(key, block);
    return block;
  }

  #sort(leaf: TomlLeaf): void {
    const { path, line, endLine } = leaf;
    const block = this.#block(path.slice(0, -1), line);
    if (block !== undefined) {
      block.settings.set(String(path.at(-1)), leaf);
    } else if (path[0] === "domain" && path.length === 3) {
      this.#badDomain(path[1], line, endLine);
    } else {
      const place = { file: this.#file, line, endLine };
      this.#account.notCarried(
        place,
        path.join("."),
        "unknown option of the helper dkim_sign: remove it",
      );
    }
  }

  #badDomain(name: string | undefined, line: number, endLine: number): void {
    const place = { file: this.#file, line, endLine };
    this.#account.notCarried(
      place,
      `domain ${name}`,
      "the name is neither a domain nor *.domain: correct it",
    );
  }

  /** The names in `additional_signatures` that a block defines; KumoMTA refuses others. */
  #additional(): readonly string[] {
    const leaf = this.#base.settings.get("additional_signatures");
    if (leaf === undefined) return [];
    const place = { file: this.#file, line: leaf.line, endLine: leaf.endLine };
    const names = Array.isArray(leaf.value) ? leaf.value.map(String) : [];
    const missing = names.filter((name) => !this.#signatures.has(name));
    if (!Array.isArray(leaf.value) || missing.length > 0) {
      this.#account.notCarried(
        place,
        "additional_signatures",
        `there is no [signature] block ${missing.join(", ")}: add it, or remove the name`,
      );
    } else {
      this.#account.carried(place, "additional_signatures", "signing.signatures");
    }
    return names.filter((name) => this.#signatures.has(name));
  }

  #isFallback(name: string): boolean {
    const policy = this.#signatures.get(name)?.settings.get("policy")?.value;
    return policy === "OnlyIfMissingDomainBlock";
  }

  #signature(name: string): Section {
    const block = this.#signatures.get(name) ?? this.#base;
    const domain = block.settings.get("domain")?.value;
    return this.#options(block, typeof domain === "string" ? domain : undefined);
  }

  /** The options of a block that override `[base]`; `domain` is the signing domain, if known. */
  #options(block: Block, domain: string | undefined): Section {
    const settings: Settings = { own: block.settings, base: this.#base.settings };
    const options = optionsOf(settings, block === this.#base, this.#file, this.#account);
    if (domain === undefined || domain.startsWith("*")) return options;
    const selector = options["selector"] ?? this.#base.settings.get("selector")?.value ?? "";
    const template = typeof options["key"] === "string" ? options["key"] : keyTemplate;
    const key = template.replaceAll("%{d}", domain).replaceAll("%{s}", String(selector));
    if (this.#base.settings.has("vault_mount")) return options;
    const place = { file: this.#file, line: block.line };
    return { ...options, ...keyOptions({ key }, place, this.#account, this.#readText) };
  }

  #unused(additional: readonly string[]): void {
    for (const [name, { settings }] of this.#signatures) {
      if (additional.includes(name)) continue;
      for (const [option, { line, endLine }] of settings) {
        const place = { file: this.#file, line, endLine };
        this.#account.notNeeded(place, option, `additional_signatures does not name ${name}`);
      }
    }
  }
}

function isDomain(name: string): boolean {
  return /^(?:\*\.)?[^*\s@/]+$/.test(name);
}
