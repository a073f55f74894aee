import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { type Host, hostAt } from "../../src/host/host.ts";

/** A directory that stands for a whole machine, with small scripts for the programs that it has. */
export interface FakeRoot {
  readonly host: Host;
  readonly path: (path: string) => string;
  readonly write: (path: string, text: string, mode?: number) => void;
  readonly read: (path: string) => string;
  readonly has: (path: string) => boolean;
  /** The commands that changed something, in order. */
  readonly commands: () => readonly string[];
}

export interface FakeRootOptions {
  /** The lines of main.cf; without them the machine has no Postfix. */
  readonly postfix?: readonly string[];
  /** The lines of master.cf. */
  readonly master?: readonly string[];
  readonly systemd?: boolean;
  readonly opendkim?: readonly string[];
  /** The lines of sendmail.mc. */
  readonly sendmail?: readonly string[];
}

/** The services of Debian's master.cf that matter here: smtpd and cleanup run in the chroot. */
export const debianServices: readonly string[] = [
  "smtp      inet  n       -       y       -       -       smtpd",
  "pickup    unix  n       -       y       60      1       pickup",
  "cleanup   unix  n       -       y       -       0       cleanup",
  "qmgr      unix  n       -       n       300     1       qmgr",
  "smtp      unix  -       -       y       -       -       smtp",
];

const postfixDefaults = [
  "mail_version = 3.7.11",
  "compatibility_level = 3.6",
  "config_directory = /etc/postfix",
  "queue_directory = /var/spool/postfix",
  "mail_owner = postfix",
  "myhostname = mx.example.com",
  "mydomain = example.com",
  "myorigin = $myhostname",
  "inet_protocols = all",
  "smtpd_milters =",
  "non_smtpd_milters =",
  "milter_default_action = tempfail",
  "milter_protocol = 6",
  "transport_maps =",
  "relayhost =",
];

export function fakeRoot(options: FakeRootOptions = {}): FakeRoot {
  const root = temporaryDirectory("test");
  const path = (name: string): string => join(root, name);
  const write = (name: string, text: string, mode = 0o644): void => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), text);
    chmodSync(path(name), mode);
  };
  const program = (name: string, ...lines: readonly string[]): void => {
    const start = ["#!/bin/sh", 'root=$(cd "$(dirname "$0")/../.." && pwd)'];
    write(`/usr/sbin/${name}`, `${[...start, ...lines].join("\n")}\n`, 0o755);
  };
  const log = `echo "$(basename "$0") $*" >> "$root/commands"`;
  chmodSync(root, 0o755);
  mkdirSync(path("/etc"));
  for (const name of ["/run", "/etc/systemd/system", "/var/lib"]) {
    mkdirSync(path(name), { recursive: true });
  }
  write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
  write("/etc/group", "root:x:0:\n");
  write("/commands", "");
  program("getent", 'grep -E "^($2:|[^:]*:[^:]*:$2:)" "$root/etc/$1"');
  program("id", ...idScript);
  program(
    "groupadd",
    log,
    "for name; do :; done",
    'echo "$name:x:$((700 + $(grep -c . "$root/etc/group"))):" >> "$root/etc/group"',
  );
  program(
    "useradd",
    log,
    "for name; do :; done",
    `gid=$(grep "^$name:" "$root/etc/group" | cut -d: -f3)`,
    'echo "$name:x:$((700 + $(grep -c . "$root/etc/passwd"))):$gid::/nonexistent:/usr/sbin/nologin" >> "$root/etc/passwd"',
  );
  for (const [name, file] of [
    ["userdel", "passwd"],
    ["groupdel", "group"],
  ] as const) {
    program(
      name,
      log,
      `grep -v "^$1:" "$root/etc/${file}" > "$root/etc/${file}.new"`,
      `mv "$root/etc/${file}.new" "$root/etc/${file}"`,
    );
  }
  if (options.postfix !== undefined) {
    appendAccount(path, "postfix", 105);
    write("/etc/postfix/main.cf", `${options.postfix.join("\n")}\n`);
    write("/etc/postfix/master.cf", `${(options.master ?? debianServices).join("\n")}\n`);
    write("/etc/postfix/defaults", `${postfixDefaults.join("\n")}\n`);
    mkdirSync(path("/var/spool/postfix"), { recursive: true });
    program("postconf", ...postconfScript);
    program("postfix", `[ "$1" = status ] || ${log}`);
  }
  if (options.systemd === true) {
    mkdirSync(path("/run/systemd/system"), { recursive: true });
    program("systemctl", ...systemctlScript);
  }
  if (options.opendkim !== undefined) {
    write("/etc/opendkim.conf", `${options.opendkim.join("\n")}\n`);
    program("opendkim", "exit 0");
  }
  if (options.sendmail !== undefined) {
    appendAccount(path, "smmsp", 115);
    write("/etc/mail/sendmail.mc", `${options.sendmail.join("\n")}\n`);
    write("/etc/mail/sendmail.cf", "");
    program("sendmail", 'echo "Version 8.17.1.9"');
  }
  return {
    host: hostAt(root),
    path,
    write,
    read: (name) => readFileSync(path(name), "utf8"),
    has: (name) => existsSync(path(name)),
    commands: () =>
      readFileSync(path("/commands"), "utf8")
        .split("\n")
        .filter((line) => line !== ""),
  };
}

function appendAccount(path: (name: string) => string, name: string, id: number): void {
  const passwd = readFileSync(path("/etc/passwd"), "utf8");
  const group = readFileSync(path("/etc/group"), "utf8");
  writeFileSync(
    path("/etc/passwd"),
    `${passwd}${name}:x:${id}:${id}::/var/spool/postfix:/usr/sbin/nologin\n`,
  );
  writeFileSync(path("/etc/group"), `${group}${name}:x:${id}:\n`);
}

/** `id -u|-g|-G NAME` */
const idScript = [
  'line=$(awk -F: -v n="$2" \'$1 == n || $3 == n\' "$root/etc/passwd")',
  '[ -n "$line" ] || { echo "id: \'$2\': no such user" >&2; exit 1; }',
  'name=$(echo "$line" | cut -d: -f1)',
  'gid=$(echo "$line" | cut -d: -f4)',
  "case $1 in",
  '-u) echo "$line" | cut -d: -f3 ;;',
  "-g) echo $gid ;;",
  '-G) echo $gid $(awk -F: -v n="$name" \'("," $4 ",") ~ ("," n ",") { print $3 }\' "$root/etc/group") ;;',
  "esac",
];

/** `postconf [-x] NAME...`, `-e NAME=VALUE...`, `-X NAME...`, `-M`, and `-P SERVICE/TYPE/NAME=VALUE` */
const postconfScript = [
  "main=$root/etc/postfix/main.cf",
  "case $1 in",
  "-e|-X)",
  '  echo "postconf $*" >> "$root/commands"',
  "  change=$1; shift",
  "  for setting; do",
  '    name=$(echo "${setting%%=*}" | sed "s/ *$//")',
  '    value=$(echo "${setting#*=}" | sed "s/^ *//")',
  // A line that starts with a blank continues the one before.
  '    awk -v n="$name" \'!/^[ \\t]/ { skip = ($1 == n) } !skip\' "$main" > "$main.new"',
  '    [ $change = -X ] || echo "$name = $value" >> "$main.new"',
  '    mv "$main.new" "$main"',
  "  done ;;",
  '-M) grep -v "^#" "$root/etc/postfix/master.cf" ;;',
  "-P)",
  '  echo "postconf $*" >> "$root/commands"; shift',
  "  for setting; do",
  "    name=${setting%%=*}; value=${setting#*=}; option=${name##*/}; service=${name%%/*}",
  '    awk -v s="$service" -v o="$option" -v v="$value" \'',
  "      /^[^ \\t#]/ { here = ($1 == s) }",
  '      here && $1 == "-o" && index($2, o "=") == 1 { print "  -o " o "=" v; next }',
  "      { print }",
  '    \' "$root/etc/postfix/master.cf" > "$root/etc/postfix/master.cf.new"',
  '    mv "$root/etc/postfix/master.cf.new" "$root/etc/postfix/master.cf"',
  "  done ;;",
  "-n)",
  '  grep -v "^#" "$main" | awk \'/^[ \\t]/ { sub(/^ +/, " "); printf "%s", $0; next } { printf "%s%s", (NR > 1 ? "\\n" : ""), $0 } END { print "" }\' | sed "s/=  */= /" ;;',
  "*)",
  "  expand=0; [ $1 = -x ] && { expand=1; shift; }",
  '  for name; do echo "$name"; done | awk -v expand=$expand -v main="$main" -v defaults="$root/etc/postfix/defaults" \'',
  "    function load(file,   line, at) {",
  "      while ((getline line < file) > 0) {",
  '        at = index(line, "=")',
  "        if (at == 0) continue",
  '        key = substr(line, 1, at - 1); gsub(/ /, "", key)',
  '        text = substr(line, at + 1); sub(/^ */, "", text)',
  "        value[key] = text",
  "      }",
  "    }",
  "    function full(text,   name) {",
  "      while (match(text, /[$][a-z_]+/)) {",
  "        name = substr(text, RSTART + 1, RLENGTH - 1)",
  "        text = substr(text, 1, RSTART - 1) value[name] substr(text, RSTART + RLENGTH)",
  "      }",
  "      return text",
  "    }",
  "    BEGIN { load(defaults); load(main) }",
  '    ($1 in value) { print $1 " = " (expand ? full(value[$1]) : value[$1]) }',
  "  ' ;;",
  "esac",
];

/** Keeps the state of each unit in a file below /run/systemd/units. */
const systemctlScript = [
  "units=$root/run/systemd/units; mkdir -p $units",
  "case $1 in",
  "show)",
  "  for unit; do :; done",
  '  [ -e "$root/etc/systemd/system/$unit" ] || [ -e "$root/usr/lib/systemd/system/$unit" ] && load=loaded || load=not-found',
  '  [ -e "$units/$unit.active" ] && active=active || active=inactive',
  '  [ -e "$units/$unit.enabled" ] && enabled=enabled || enabled=disabled',
  '  user=$(cat "$root"/etc/systemd/system/$unit "$root"/usr/lib/systemd/system/$unit 2>/dev/null | sed -n "s/^User=//p" | head -1)',
  '  echo "LoadState=$load"; echo "ActiveState=$active"; echo "UnitFileState=$enabled"; echo "User=$user" ;;',
  "*)",
  '  echo "systemctl $*" >> "$root/commands"',
  "  verb=$1; shift",
  '  now=no; for word; do [ "$word" = --now ] && now=yes; done',
  "  for unit; do",
  "    case $verb in",
  '    enable) touch "$units/$unit.enabled"; [ $now = yes ] && touch "$units/$unit.active" ;;',
  '    disable) rm -f "$units/$unit.enabled"; [ $now = yes ] && rm -f "$units/$unit.active" ;;',
  '    start|restart) touch "$units/$unit.active" ;;',
  '    stop) rm -f "$units/$unit.active" ;;',
  "    esac",
  "  done ;;",
  "esac",
  "exit 0",
];
