import { type Host, namesOn, readTextOn } from "./host.ts";

/** In the order in which systemd looks for a unit: the first one wins. */
const directories = [
  "/etc/systemd/system",
  "/run/systemd/system",
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
] as const;

/** The section `[Service]` of a unit, with its drop-ins, as the files say; systemd need not run. */
export interface UnitFile {
  /** The last value of an option; undefined if it is not set. */
  readonly last: (option: string) => string | undefined;
  /** The words of all values of an option that takes a list. */
  readonly words: (option: string) => readonly string[];
  /** All values of an option that can be set several times, in order. */
  readonly all: (option: string) => readonly string[];
  /** Another unit wants it, so that it starts with the machine. */
  readonly isEnabled: boolean;
}

/** Undefined if the host has no unit of that name. */
export async function readUnit(host: Host, unit: string): Promise<UnitFile | undefined> {
  const text = await firstText(
    host,
    directories.map((directory) => `${directory}/${unit}`),
  );
  if (text === undefined) return undefined;
  const values = new Map<string, string[]>();
  addValues(values, text);
  for (const path of await dropIns(host, unit)) {
    addValues(values, (await readTextOn(host, path)) ?? "");
  }
  const all = (option: string): readonly string[] => values.get(option) ?? [];
  return {
    all,
    last: (option) => all(option).at(-1),
    words: (option) => all(option).flatMap((value) => value.split(/\s+/)),
    isEnabled: await isEnabled(host, unit),
  };
}

async function firstText(host: Host, paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const text = await readTextOn(host, path);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** Sorted by name, whatever their directory. Of several with one name, the first directory wins. */
async function dropIns(host: Host, unit: string): Promise<readonly string[]> {
  const paths = new Map<string, string>();
  for (const directory of directories) {
    for (const name of await namesOn(host, `${directory}/${unit}.d`)) {
      if (name.endsWith(".conf") && !paths.has(name)) {
        paths.set(name, `${directory}/${unit}.d/${name}`);
      }
    }
  }
  return [...paths].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, path]) => path);
}

/** An empty value forgets the earlier ones (systemd.syntax(7)). */
function addValues(values: Map<string, string[]>, text: string): void {
  let section = "";
  for (const line of text.replaceAll("\\\n", " ").split("\n")) {
    const [, name] = /^\[(\w+)\]/.exec(line) ?? [];
    if (name !== undefined) section = name;
    const [, option, value = ""] = /^([A-Za-z]\w*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (section !== "Service" || option === undefined) continue;
    values.set(option, value === "" ? [] : [...(values.get(option) ?? []), value]);
  }
}

async function isEnabled(host: Host, unit: string): Promise<boolean> {
  const [system] = directories;
  for (const name of await namesOn(host, system)) {
    if (!/\.(?:wants|requires)$/.test(name)) continue;
    if ((await namesOn(host, `${system}/${name}`)).includes(unit)) return true;
  }
  return false;
}
