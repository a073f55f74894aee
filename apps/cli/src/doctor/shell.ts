import { commandLine } from "../host/host.ts";

/** Commands that run one after the other, as long as they succeed. */
export function inOrder(...commands: readonly (readonly string[] | string)[]): string {
  return commands
    .map((command) => (typeof command === "string" ? command : commandLine(command)))
    .join(" && ");
}

/** Writes a drop-in of the unit of the relay, and restarts the relay with it. */
export function relayDropIn(name: string, lines: readonly string[]): readonly string[] {
  const directory = "/etc/systemd/system/mailseal-relay.service.d";
  const text = commandLine(["printf", "%s\\n", "[Service]", ...lines]);
  return [
    commandLine(["mkdir", "-p", directory]),
    `${text} > ${directory}/${name}.conf`,
    "systemctl daemon-reload",
  ];
}

export const restartRelay = "systemctl restart mailseal-relay";
