import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";
import { DockerfileParser, type Instruction, type JSONInstruction } from "dockerfile-ast";

export type App = "cli" | "relay" | "worker";

/** The last stage of a Dockerfile: the image that people run. */
export interface Image {
  /** The image that it starts from. */
  readonly base: string;
  /** The lines that RUN gives to a shell, in order. */
  readonly runs: readonly string[];
  /** Source in the stage before, and place in the image. */
  readonly copies: readonly (readonly [from: string, to: string])[];
  readonly user: string;
  readonly folder: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** The command of HEALTHCHECK; undefined for NONE. */
  readonly health: readonly string[] | undefined;
  readonly ports: readonly string[];
}

export function dockerfileOf(app: App): string {
  return join(repositoryRoot, "apps", app, "Dockerfile");
}

/** Reads the Dockerfile of an app. Throws an `Error` that names an instruction that the last stage lacks. */
export function readImage(app: App): Image {
  return imageIn(readFileSync(dockerfileOf(app), "utf8"));
}

export function imageIn(text: string): Image {
  const instructions = DockerfileParser.parse(text).getInstructions();
  const start = instructions.findLastIndex((it) => it.getKeyword() === "FROM");
  const stage = instructions.slice(start);
  const all = (keyword: string): readonly Instruction[] =>
    stage.filter((it) => it.getKeyword() === keyword);
  const argument = (keyword: string): string => {
    const content = all(keyword).at(-1)?.getArgumentsContent();
    if (content === undefined || content === null)
      throw new Error(`expected ${keyword}, found none`);
    return content.trim();
  };
  return {
    base: argument("FROM"),
    // Without the line continuations, as Docker gives them to the shell.
    runs: all("RUN").map((it) => (it.getRawArgumentsContent() ?? "").replaceAll("\\\n", "")),
    copies: all("COPY").map(pathsOf),
    user: argument("USER"),
    folder: argument("WORKDIR"),
    entrypoint: wordsOf(all("ENTRYPOINT").at(-1)),
    command: wordsOf(all("CMD").at(-1)),
    health: healthOf(all("HEALTHCHECK").at(-1)),
    ports: all("EXPOSE").flatMap((it) => it.getArguments().map((each) => each.getValue())),
  };
}

function pathsOf(copy: Instruction): readonly [string, string] {
  const paths = copy.getArguments().map((it) => it.getValue());
  const [from = "", to = ""] = paths.filter((path) => !path.startsWith("--"));
  return [from, to];
}

/** The words of the exec form. A shell would not pass signals on, so the shell form is an error. */
function wordsOf(instruction: Instruction | undefined): readonly string[] {
  const strings = (instruction as JSONInstruction | undefined)?.getJSONStrings();
  if (strings === undefined || strings.length === 0) {
    throw new Error(
      `expected ${instruction?.getKeyword() ?? "ENTRYPOINT and CMD"} as a list of words`,
    );
  }
  return strings.map((it) => it.getJSONValue());
}

function healthOf(instruction: Instruction | undefined): readonly string[] | undefined {
  const text = instruction?.getRawArgumentsContent() ?? "";
  if (/^NONE$/i.test(text.trim())) return undefined;
  const [, words] = /\bCMD\s+(\[.*\])\s*$/s.exec(text) ?? [];
  if (words === undefined) throw new Error("expected HEALTHCHECK with CMD as a list of words");
  return JSON.parse(words) as readonly string[];
}
