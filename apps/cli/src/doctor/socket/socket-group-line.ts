import { readFile } from "node:fs/promises";
import type { MilterListener } from "@mailseal/config";
import { commandLine } from "../../host/host.ts";

/**
 * A command that sets the `socketGroup` of a listener in the text of the config, so that comments and layout stay. None if
 * the lines cannot be found, as in a config of another form.
 */
export async function socketGroupLine(
  file: string,
  { listen, socketGroup }: Pick<MilterListener, "listen" | "socketGroup">,
  group: string,
): Promise<readonly string[]> {
  const lines = (await readFile(file, "utf8")).split("\n");
  const sed = (script: string): readonly string[] => [commandLine(["sed", "-i", script, file])];
  const listens = lines.findIndex((line) => line.includes(listen));
  if (socketGroup !== undefined) {
    const sets = new RegExp(`\\bsocketGroup["']?:\\s*["']?${literal(socketGroup)}\\b`);
    const at = lines.findIndex((line) => sets.test(line));
    return at < 0
      ? []
      : sed(`${at + 1}s/\\(socketGroup["']\\?: *\\)["']\\?${socketGroup}["']\\?/\\1${group}/`);
  }
  const line = lines[listens];
  if (line === undefined) return [];
  const [, indent = "", dash = ""] = /^(\s*)(- )?["']?listen["']?:/.exec(line) ?? [];
  const isBlock = /^\s*(?:- )?["']?listen["']?:/.test(line) && !line.trimEnd().endsWith(",");
  return isBlock
    ? sed(`${listens + 1}a\\${indent}${" ".repeat(dash.length)}socketGroup: ${group}`)
    : sed(`${listens + 1}s#["']\\?${listen}["']\\?#&, socketGroup: ${group}#`);
}

function literal(text: string): string {
  return text.replaceAll(/[^\w]/g, "\\$&");
}
