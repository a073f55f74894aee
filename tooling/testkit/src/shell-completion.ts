/** Completes command lines with the shells themselves. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

const timeout = 120_000;
const env = { PATH: process.env["PATH"], HOME: "/nonexistent", TERM: "xterm", LC_ALL: "C.UTF-8" };

/** What bash offers at the end of each line, in the folder `cwd`. Its own `=` between an option and its value is a word. */
export function completeInBash(
  script: string,
  lines: readonly string[],
  cwd: string = tmpdir(),
): readonly (readonly string[])[] {
  const driver = `
source "$1"
while IFS= read -r line; do
  IFS=' ' read -ra COMP_WORDS <<<"\${line//=/ = }"
  [[ $line == *[\\ =] ]] && COMP_WORDS+=("")
  COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
  specification=$(complete -p "\${COMP_WORDS[0]}")
  [[ $specification =~ -F\\ ([^ ]+) ]]
  COMPREPLY=()
  "\${BASH_REMATCH[1]}"
  (IFS=$'\\t'; printf '%s\\n' "\${COMPREPLY[*]}")
done`;
  return inFile(script, (file) => {
    const options = {
      input: `${lines.join("\n")}\n`,
      cwd,
      env,
      timeout,
      encoding: "utf8",
    } as const;
    return execFileSync("bash", ["--norc", "--noprofile", "-c", driver, "bash", file], options)
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t").filter((word) => word !== ""));
  });
}

/** What fish offers at the end of each line, in the folder `cwd`, without the descriptions. */
export function completeInFish(
  script: string,
  lines: readonly string[],
  cwd: string = tmpdir(),
): readonly (readonly string[])[] {
  const driver = `
source $argv[1]
while read -l line
    set -l offered (complete -C $line | string replace -r '\\t.*' '')
    echo (string join -- \\t $offered)
end`;
  const home = mkdtempSync(join(tmpdir(), "fish-"));
  try {
    return inFile(script, (file) => {
      const { stdout, stderr } = spawnSync("fish", ["--no-config", "-c", driver, file], {
        input: `${lines.join("\n")}\n`,
        cwd,
        env: { ...env, HOME: home },
        timeout,
        encoding: "utf8",
      });
      if (stderr !== "") throw new Error(`fish: ${stderr}`);
      return stdout
        .replace(/\n$/, "")
        .split("\n")
        .map((line) => line.split("\t").filter((word) => word !== ""));
    });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Each line in zsh after Tab is pressed at its end, in the folder `cwd`. */
export function completeInZsh(
  script: string,
  lines: readonly string[],
  cwd: string = tmpdir(),
): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), "zsh-"));
  const [completed, start, driver] = ["completed", "start", "driver"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  writeFileSync(join(folder, "script"), script);
  writeFileSync(
    start,
    `PS1= PS2=
autoload -Uz compinit
compinit -u -D
source ${join(folder, "script")}
setopt no_beep no_list_beep
keep-line() { print -r -- "$BUFFER" >>${completed}; BUFFER=; print -r -- done >>${completed}.ends }
zle -N keep-line
bindkey '^X' keep-line
print ready >${completed}.ready
`,
  );
  writeFileSync(
    driver,
    `zmodload zsh/zpty zsh/zselect
zpty shell zsh -f -i
zpty -w shell "source ${start}"
until [[ -s ${completed}.ready ]]; do zselect -t 2; zpty -r -t shell output; done
integer count=0
while IFS= read -r line; do
  zpty -w -n shell "$line"$'\\t\\x18'
  count+=1
  until [[ -s ${completed}.ends && $(wc -l <${completed}.ends) -ge $count ]]; do
    zselect -t 2; zpty -r -t shell output
  done
done
zpty -d shell
`,
  );
  try {
    const { stderr } = spawnSync("zsh", ["-f", driver], {
      input: `${lines.join("\n")}\n`,
      cwd,
      env: { ...env, HOME: folder },
      timeout,
      encoding: "utf8",
    });
    if (!existsSync(completed)) throw new Error(`zsh completed nothing: ${stderr}`);
    return readFileSync(completed, "utf8").replace(/\n$/, "").split("\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function inFile<Result>(script: string, use: (file: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), "completion-"));
  try {
    const file = join(folder, "script");
    writeFileSync(file, script);
    return use(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
