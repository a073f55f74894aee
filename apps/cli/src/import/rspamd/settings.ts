import { basename, dirname, join } from "node:path";
import type { ImportAccount, Place } from "../account.ts";
import { ImportError, type ReadText, truth } from "../imported-config.ts";
import { parseUcl, type UclEntry } from "./ucl.ts";

/** An entry of an rspamd file. */
export interface PlacedEntry {
  readonly entry: UclEntry;
  readonly file: string;
}

const arc = "ARC is not supported: leave it to rspamd or to the mail server";
const foreign = "it configures other modules of rspamd, not signing";

/** The settings of dkim_signing, with `local_addrs` from the options of rspamd. */
export class RspamdSettings {
  readonly account: ImportAccount;
  readonly readText: ReadText;
  readonly #byName = new Map<string, PlacedEntry[]>();
  readonly #settled = new Set<string>();

  constructor(account: ImportAccount, readText: ReadText) {
    this.account = account;
    this.readText = readText;
  }

  /** Adds the entries of a file; entries of override.d replace earlier ones. */
  add(file: string, entries: readonly UclEntry[], overrides: boolean): void {
    const here = new Set<string>();
    for (const entry of entries) {
      const name = entry.key.toLowerCase();
      const earlier = this.#byName.get(name) ?? [];
      if (overrides && !here.has(name)) {
        for (const placed of earlier) {
          this.account.notNeeded(placeOf(placed), entry.key, `${file} overrides it`);
        }
        this.#byName.set(name, [{ entry, file }]);
      } else if (earlier.length > 0 && entry.value.kind === "text") {
        this.account.notCarried(
          placeOf({ entry, file }),
          entry.key,
          "it is set twice, and rspamd makes a list of both values: keep one",
        );
      } else {
        this.#byName.set(name, [...earlier, { entry, file }]);
      }
      here.add(name);
    }
  }

  get(name: string): PlacedEntry | undefined {
    return this.#byName.get(name)?.[0];
  }

  all(name: string): readonly PlacedEntry[] {
    return this.#byName.get(name) ?? [];
  }

  text(name: string): string | undefined {
    const value = this.get(name)?.entry.value;
    return value?.kind === "text" ? value.text : undefined;
  }

  isOn(name: string, byDefault: boolean): boolean {
    return truth(this.text(name) ?? "") ?? byDefault;
  }

  carriedAll(name: string, became: string): void {
    this.#settle(name, (place, what) => this.account.carried(place, what, became));
  }

  notNeededAll(name: string, why: string): void {
    this.#settle(name, (place, what) => this.account.notNeeded(place, what, why));
  }

  lostAll(name: string, todo: string): void {
    this.#settle(name, (place, what) => this.account.notCarried(place, what, todo));
  }

  /** Marks a name whose entries get their outcome one by one. */
  settled(name: string): void {
    this.#settled.add(name);
  }

  unsettled(): readonly string[] {
    return [...this.#byName.keys()].filter((name) => !this.#settled.has(name));
  }

  /** Warns about a setting that is not in any line. */
  warn(text: string): void {
    const [first] = this.#byName.values();
    this.account.warn({ file: first?.[0]?.file ?? "dkim_signing.conf", line: 1 }, text);
  }

  #settle(name: string, settle: (place: Place, what: string) => void): void {
    this.#settled.add(name);
    for (const placed of this.all(name)) settle(placeOf(placed), placed.entry.key);
  }
}

export function placeOf({ entry: { line, endLine }, file }: PlacedEntry): Place {
  return { file, line, endLine };
}

/**
 * Reads a file of dkim_signing together with the one in override.d, or all files of a directory. Throws an `ImportError` if
 * the text is not UCL, and as `readText` does if there is no file.
 */
export function readRspamd(
  path: string,
  account: ImportAccount,
  readText: ReadText,
): RspamdSettings {
  const settings = new RspamdSettings(account, readText);
  const texts = textsOf(path, readText);
  for (const { file, text } of texts) {
    const parsed = parseUcl(text);
    if (!parsed.ok) throw new ImportError(`${file}:${parsed.line}: ${parsed.reason}`);
    account.open(file, parsed.lines);
    const overrides = dirname(file).endsWith("override.d");
    switch (basename(file)) {
      case "arc.conf":
        arcLines(file, parsed.entries, account);
        break;
      case "options.inc":
        for (const entry of parsed.entries) {
          if (entry.key === "local_addrs") settings.add(file, [entry], overrides);
          else account.notNeeded(placeOf({ entry, file }), entry.key, foreign);
        }
        break;
      default:
        settings.add(file, unwrapped(file, parsed.entries, account), overrides);
    }
  }
  return settings;
}

/** The `dkim_signing` section of a whole config; a file in local.d is that section itself. */
function unwrapped(
  file: string,
  entries: readonly UclEntry[],
  account: ImportAccount,
): readonly UclEntry[] {
  const sections = entries.filter(
    ({ key, value }) => key === "dkim_signing" && value.kind === "object",
  );
  if (sections.length === 0) return entries;
  for (const entry of entries) {
    if (entry.key === "arc") arcLines(file, [entry], account);
    else if (!sections.includes(entry))
      account.notNeeded(placeOf({ entry, file }), entry.key, foreign);
  }
  return sections.flatMap(({ value, line, openLine, endLine }) => {
    account.carried({ file, line, endLine: openLine }, "dkim_signing", "signing");
    if (endLine > openLine)
      account.carried({ file, line: endLine }, "end of dkim_signing", "signing");
    return value.kind === "object" ? value.entries : [];
  });
}

function arcLines(file: string, entries: readonly UclEntry[], account: ImportAccount): void {
  const isOff = entries.some(
    ({ key, value }) => key === "enabled" && value.kind === "text" && truth(value.text) === false,
  );
  for (const entry of entries) {
    const place = placeOf({ entry, file });
    if (isOff) account.notNeeded(place, entry.key, "arc is switched off");
    else account.notCarried(place, entry.key, arc);
  }
}

function textsOf(path: string, readText: ReadText): readonly { file: string; text: string }[] {
  const optional = (file: string): { file: string; text: string }[] => {
    try {
      return [{ file, text: readText(file) }];
    } catch {
      return [];
    }
  };
  try {
    const first = { file: path, text: readText(path) };
    const folder = dirname(path);
    return folder.endsWith("local.d")
      ? [first, ...optional(join(folder.replace(/local\.d$/, "override.d"), basename(path)))]
      : [first];
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EISDIR")) throw error;
  }
  const files = ["dkim_signing.conf", "arc.conf", "options.inc"].flatMap((name) =>
    ["local.d", "override.d"].map((folder) => join(path, folder, name)),
  );
  const found = files.flatMap(optional);
  if (!found.some(({ file }) => file.endsWith("dkim_signing.conf"))) {
    throw new ImportError(
      `${path}: no local.d/dkim_signing.conf in this directory; give the file itself`,
    );
  }
  return found;
}
