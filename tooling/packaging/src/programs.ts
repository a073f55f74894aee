import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Manifest, readManifest, workspace } from "./workspace.ts";

/** A program as people install it. */
export interface Program {
  /** The command that starts it. */
  readonly name: string;
  /** Its folder below `apps` in the workspace, and below /usr/lib/mailseal where it is installed. */
  readonly folder: "cli" | "relay" | "worker";
  /** The files and folders that it reads at run time and that are not code: paths in its folder. */
  readonly files: readonly string[];
}

export const programs: readonly Program[] = [
  { name: "mailseal", folder: "cli", files: ["demo"] },
  { name: "mailseal-relay", folder: "relay", files: ["demo", "src/web/assets"] },
  { name: "mailseal-worker", folder: "worker", files: [] },
];

/** The program in a folder of `apps`; undefined if there is none. */
export function programIn(folder: string): Program | undefined {
  return programs.find((program) => program.folder === folder);
}

/** The absolute folder of a program in the workspace. */
export function sourceOf({ folder }: Program): string {
  return join(workspace, "apps", folder);
}

export function manifestOf(program: Program): Manifest {
  return readManifest(sourceOf(program));
}

/** The text of a file of a program in the workspace. */
export function readOf(program: Program, file: string): string {
  return readFileSync(join(sourceOf(program), file), "utf8");
}
