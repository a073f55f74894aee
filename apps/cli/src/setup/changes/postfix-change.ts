import { readFile } from "node:fs/promises";
import { writeDurably } from "@mailseal/rotation";
import { commandLine, fileStateOn, type Host, outputOf, pathOn } from "../../host/host.ts";
import { readServices } from "../../host/postfix-services.ts";
import { isPostfixRunning, readParameters } from "../../host/postfix.ts";
import type { Before, ChangeActions, FileStore, SavedFile, Undone } from "./change.ts";
import { runCommand } from "./run-command.ts";
import { unifiedDiff } from "./unified-diff.ts";

/** Parameters of main.cf, all of them in one `postconf -e`, so that no mail meets half of them. */
export interface PostfixChange {
  readonly kind: "postfix";
  readonly configDirectory: string;
  readonly parameters: readonly (readonly [name: string, value: string])[];
  /** Parameters that services of master.cf set for themselves: "submission/inet/smtpd_milters". */
  readonly services: readonly (readonly [name: string, value: string])[];
  /** Only for a test message: it is taken back at the end, also by the next command after a crash. */
  readonly isTemporary: boolean;
}

export function postfixChange(change: PostfixChange): ChangeActions {
  const { parameters, services, configDirectory } = change;
  const edit = ["postconf", "-e", ...parameters.map(settingOf)];
  const editServices = ["postconf", "-P", ...services.map(settingOf)];
  return {
    async describe(host) {
      const current = await writtenValues(host, change);
      return {
        title: `parameters of Postfix in ${configDirectory}/main.cf`,
        lines: [
          ...unifiedDiff(
            `${configDirectory}/main.cf`,
            lines(changed(current.parameters, parameters)),
            lines(changed(parameters, current.parameters)),
          ),
          ...(services.length === 0
            ? []
            : unifiedDiff(
                `${configDirectory}/master.cf`,
                lines(current.services),
                lines(services),
              )),
          `$ ${commandLine(edit)}`,
          ...(services.length === 0 ? [] : [`$ ${commandLine(editServices)}`]),
          "$ postfix reload",
        ],
      };
    },
    async isMade(host) {
      const current = await writtenValues(host, change);
      return isSame(current.parameters, parameters) && isSame(current.services, services);
    },
    async before(host, files) {
      const saved: SavedFile[] = [];
      for (const path of filesOf(change)) saved.push({ path, saved: await files.save(path) });
      return { state: "parameters", ...(await writtenValues(host, change)), saved };
    },
    async make(host) {
      await runCommand(host, edit);
      if (services.length > 0) await runCommand(host, editServices);
      await reload(host);
    },
    async undo(host, before, files) {
      if (before.state !== "parameters") return {};
      const current = await writtenValues(host, change);
      if (
        isSame(current.parameters, before.parameters) &&
        isSame(current.services, before.services)
      )
        return {};
      const isOurs = isSame(current.parameters, parameters) && isSame(current.services, services);
      const undone =
        isOurs && (await restoreFiles(host, change, before, files))
          ? {}
          : await restoreValues(host, change, before, current);
      await reload(host);
      return undone;
    },
  };
}

/** A parameter and its value as written; null if the file does not set it. */
type Setting = readonly [name: string, value: string | null];

interface WrittenValues {
  readonly parameters: readonly Setting[];
  readonly services: readonly Setting[];
}

function lines(values: readonly Setting[]): string {
  return values.map(([name, value]) => (value === null ? "" : `${name} = ${value}\n`)).join("");
}

function settingOf([name, value]: Setting): string {
  return `${name}=${value ?? ""}`;
}

async function writtenValues(host: Host, change: PostfixChange): Promise<WrittenValues> {
  const written = readParameters(outputOf(await host.run("postconf", ["-n"])) ?? "");
  const services =
    change.services.length === 0
      ? []
      : readServices(outputOf(await host.run("postconf", ["-M"])) ?? "", false);
  const ofServices = new Map<string, string>(
    services.flatMap(({ name, type, options }) =>
      [...options].map(([option, value]) => [`${name}/${type}/${option}`, value] as const),
    ),
  );
  return {
    parameters: change.parameters.map(([name]) => [name, written.get(name) ?? null]),
    services: change.services.map(([name]) => [name, ofServices.get(name) ?? null]),
  };
}

/** The settings of `these` that differ in `others`. */
function changed(these: readonly Setting[], others: readonly Setting[]): readonly Setting[] {
  const values = new Map(others);
  return these.filter(([name, value]) => values.get(name) !== value);
}

function isSame(these: readonly Setting[], others: readonly Setting[]): boolean {
  return changed(these, others).length === 0;
}

function filesOf({ configDirectory, services }: PostfixChange): readonly string[] {
  const main = `${configDirectory}/main.cf`;
  return services.length === 0 ? [main] : [main, `${configDirectory}/master.cf`];
}

type ParametersBefore = Extract<Before, { readonly state: "parameters" }>;

/** Puts the old files back, byte for byte. Resolves to false if they were changed otherwise since. */
async function restoreFiles(
  host: Host,
  change: PostfixChange,
  { saved }: ParametersBefore,
  files: FileStore,
): Promise<boolean> {
  const names = new Set([...change.parameters, ...change.services].map(([name]) => lastName(name)));
  const restored: { readonly path: string; readonly bytes: Buffer }[] = [];
  for (const { path, saved: name } of saved) {
    const bytes = await files.read(name);
    const now = await readFile(pathOn(host, path), "latin1");
    if (withoutSettings(now, names) !== withoutSettings(bytes.toString("latin1"), names))
      return false;
    restored.push({ path, bytes });
  }
  for (const { path, bytes } of restored) {
    const state = await fileStateOn(host, path);
    if (state === undefined) return false;
    const { mode, uid, gid } = state;
    await writeDurably(pathOn(host, path), bytes, { mode, owner: { uid, gid } });
  }
  return true;
}

function lastName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** The text of main.cf or master.cf without the lines that set these parameters. */
function withoutSettings(text: string, names: ReadonlySet<string>): string {
  const kept: string[] = [];
  let isSkipping = false;
  for (const line of text.split("\n")) {
    const isNote = /^\s*(?:#|$)/.test(line);
    const isContinued = /^\s/.test(line);
    const [, option] = /^\s+-o\s+\{?\s*([\w-]+)\s*=/.exec(line) ?? [];
    const [, parameter] = /^([\w-]+)\s*=/.exec(line) ?? [];
    if (!isNote && (!isContinued || option !== undefined)) {
      isSkipping = names.has(option ?? parameter ?? "");
    }
    if (isNote || !isSkipping) kept.push(line);
  }
  // postconf writes new parameters at the end, where the last line may have had no end.
  return kept.join("\n").replace(/\n*$/, "\n");
}

/** Puts back one parameter after the other, but none that somebody has changed since. */
async function restoreValues(
  host: Host,
  change: PostfixChange,
  before: ParametersBefore,
  current: WrittenValues,
): Promise<Undone> {
  const ours = new Map<string, string>([...change.parameters, ...change.services]);
  const kept: string[] = [];
  const undo = async (
    settings: readonly Setting[],
    now: readonly Setting[],
    [edit, remove]: readonly [edit: string, remove: string],
  ): Promise<void> => {
    const values = new Map(now);
    const mine = settings.filter(([name]) => {
      const isOurs = values.get(name) === ours.get(name);
      if (!isOurs) kept.push(name);
      return isOurs;
    });
    const edited = mine.filter(([, value]) => value !== null).map(settingOf);
    const removed = mine.filter(([, value]) => value === null).map(([name]) => name);
    if (edited.length > 0) await runCommand(host, ["postconf", edit, ...edited]);
    if (removed.length > 0) await runCommand(host, ["postconf", remove, ...removed]);
  };
  await undo(changed(before.parameters, current.parameters), current.parameters, ["-e", "-X"]);
  await undo(changed(before.services, current.services), current.services, ["-P", "-PX"]);
  return kept.length === 0
    ? {}
    : {
        kept: `${kept.join(", ")} of Postfix ${kept.length === 1 ? "is" : "are"} kept, because somebody changed ${kept.length === 1 ? "it" : "them"} after the setup; compare with postconf ${kept.map(lastName).join(" ")}`,
      };
}

async function reload(host: Host): Promise<void> {
  if (await isPostfixRunning(host)) await runCommand(host, ["postfix", "reload"]);
}
