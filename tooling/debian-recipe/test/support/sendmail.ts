import type { Machine } from "../../src/machine.ts";
import { install } from "./mail.ts";

/** The filter of the guide, with another socket or another reaction to its absence. */
export function filterLine(reaction: "F=T, " | "F=R, " | "", socket: string): string {
  return `INPUT_MAIL_FILTER(\`mailseal', \`S=local:${socket}, ${reaction}T=S:30s;R:30s;E:5m')dnl\n`;
}

/** Installs Debian's Sendmail, without the second that it makes each client wait. */
export async function installSendmail(machine: Machine): Promise<void> {
  await install(machine, "sendmail");
  await machine.succeed("sed -i '/greet_pause/d' /etc/mail/sendmail.mc");
}

/** Replaces the macros that the guide puts into a file of their own. */
export async function useMacros(machine: Machine, macros: string): Promise<void> {
  await machine.write("/etc/mail/m4/mailseal.m4", macros);
  await machine.succeed("make -C /etc/mail && systemctl restart sendmail");
  await sendmailListens(machine);
}

/** Waits until Sendmail listens again: the command that restarts it does not. */
export async function sendmailListens(machine: Machine): Promise<void> {
  await machine.succeed("until (: </dev/tcp/127.0.0.1/25) 2>/dev/null; do sleep 0.1; done");
}

/** Starts the relay, and waits until its socket is there. */
export async function startRelay(machine: Machine): Promise<void> {
  const waiting = "until [ -S /run/mailseal/milter.sock ]; do sleep 0.1; done";
  await machine.succeed(`systemctl start mailseal-relay && ${waiting}`);
}
