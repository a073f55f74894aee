import { resolve } from "node:path";
import { whyUnreadable } from "../../files/input.ts";
import type { ImportAccount, Place } from "../account.ts";
import type { ReadText } from "../imported-config.ts";

/** One setting of opendkim.conf. */
export interface Setting extends Place {
  /** The original spelling. */
  readonly name: string;
  readonly value: string;
}

/** One entry of a data set: `key value`, or only a key. */
export interface DatasetEntry extends Place {
  readonly key: string;
  readonly value: string;
}

/** A data set, or the reason that it cannot be read. */
export type Dataset =
  | {
      readonly ok: true;
      readonly entries: readonly DatasetEntry[];
      /** True if the keys are patterns to try in order (refile:), false if they are names to look up. */
      readonly patterns: boolean;
      /** True if the entries are in the line of the setting. */
      readonly inline: boolean;
    }
  | { readonly ok: false; readonly reason: string };

interface ContentLine extends Place {
  readonly text: string;
}

const maxIncludes = 5;
/** The total, because files that include each other would otherwise be read forever. */
const maxFiles = 1000;

/** Reads opendkim.conf(5) and the data sets that it names, and opens each file's account. */
export class OpendkimSource {
  readonly #readText: ReadText;
  readonly #account: ImportAccount;
  /** BaseDirectory, for relative names. */
  #directory: string | undefined;
  #filesRead = 0;

  constructor(readText: ReadText, account: ImportAccount) {
    this.#readText = readText;
    this.#account = account;
  }

  /** In the order of the file; OpenDKIM uses the last setting of a name. Throws if `file` cannot be read. */
  settings(file: string): readonly Setting[] {
    const settings = this.#settings(file, 0);
    this.#directory = settings.findLast(
      ({ name }) => name.toLowerCase() === "basedirectory",
    )?.value;
    return settings;
  }

  #settings(file: string, depth: number): readonly Setting[] {
    return this.#lines(file).flatMap(({ text, ...place }): readonly Setting[] => {
      const [, name = "", value = ""] = /^(\S+)\s*(.*)$/.exec(text) ?? [];
      if (name.toLowerCase() !== "include" || value === "") return [{ name, value, ...place }];
      if (depth >= maxIncludes || ++this.#filesRead > maxFiles) {
        const why = `the limit of ${maxIncludes} levels, or ${maxFiles} files, of Include is reached: move the settings into this file`;
        this.#account.notCarried(place, name, why);
        return [];
      }
      try {
        const included = this.#settings(value, depth + 1);
        this.#account.carried(place, name, "its settings are read at this point");
        return included;
      } catch (error) {
        this.#account.notCarried(place, name, `${value} cannot be read: ${whyUnreadable(error)}`);
        return [];
      }
    });
  }

  /** opendkim(8), "DATA SETS": only lists and flat files are supported, not databases. */
  dataset({ value, ...place }: Setting): Dataset {
    const comma = value.indexOf(",");
    const colon = value.indexOf(":");
    const typed = colon >= 0 && !(comma >= 0 && comma < colon);
    const type = typed
      ? value.slice(0, colon).toLowerCase()
      : value.startsWith("/")
        ? "file"
        : "csl";
    const rest = typed ? value.slice(colon + 1) : value;
    if (!typed && value.endsWith(".db")) return cannotRead("db");
    switch (type) {
      case "file":
      case "refile":
        return this.#flatFile(this.path(rest), type === "refile");
      case "csl":
        return { ok: true, entries: list(rest, place), patterns: false, inline: true };
      default:
        return cannotRead(type);
    }
  }

  /** Resolves a file name as OpenDKIM does. */
  path(name: string): string {
    return this.#directory === undefined ? name : resolve(this.#directory, name);
  }

  #flatFile(file: string, patterns: boolean): Dataset {
    try {
      const entries = this.#lines(file).map(({ text, file: name, line }): DatasetEntry => {
        const [, key = "", value = ""] = /^(\S+)\s*(.*)$/.exec(text) ?? [];
        return { key, value, file: name, line };
      });
      return { ok: true, entries, patterns, inline: false };
    } catch (error) {
      return { ok: false, reason: `${file} cannot be read: ${whyUnreadable(error)}` };
    }
  }

  /** `#` starts a comment anywhere in a line. */
  #lines(file: string): readonly ContentLine[] {
    const lines = this.#readText(file)
      .split(/\r?\n/)
      .map((line, index) => ({ text: line.replace(/#.*$/, "").trim(), file, line: index + 1 }))
      .filter(({ text }) => text !== "");
    this.#account.open(
      file,
      lines.map(({ line }) => line),
    );
    return lines;
  }
}

/** As in opendkim.conf(5), only the first letter counts. Undefined for a value that OpenDKIM refuses. */
export function booleanOf(text: string): boolean | undefined {
  return /^[ty1]/i.test(text) ? true : /^[fn0]/i.test(text) ? false : undefined;
}

function list(text: string, place: Place): readonly DatasetEntry[] {
  return text.split(",").flatMap((entry) => {
    const [key = "", value = ""] = entry.split(/=(.*)/s);
    return key.trim() === "" ? [] : [{ key: key.trim(), value: value.trim(), ...place }];
  });
}

function cannotRead(type: string): Dataset {
  return {
    ok: false,
    reason: `data sets of type ${type} are not supported: write the rows to a file, and name it with file: or refile:`,
  };
}
