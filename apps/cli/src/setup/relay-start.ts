import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { listenTarget } from "@mailseal/config";
import { askAdmin } from "@mailseal/service/admin-client";
import { commandLine, type Host, outputOf, pathOn } from "../host/host.ts";
import { layout } from "../host/layout.ts";
import { runsSystemd } from "../host/systemd.ts";
import type { Dialogue } from "./dialogue.ts";
import type { MailServer } from "./options.ts";
import { filterLine } from "./plan/sendmail-plan.ts";
import { SetupError } from "./setup-error.ts";

/** How long the relay may take to listen. */
export interface StartLimits {
  readonly systemdMs: number;
  /** For a person who starts it by hand. */
  readonly manualMs: number;
}

const defaultLimits: StartLimits = { systemdMs: 20_000, manualMs: 60_000 };
const lookMs = 200;

/**
 * Waits until the relay accepts connections. The mail server is connected only then, because it defers all mail as long as it
 * cannot reach its milter. Throws a `SetupError` if the relay does not start.
 */
export async function untilListening(
  host: Host,
  listen: string,
  mailServer: MailServer,
  dialogue: Dialogue,
  limits: StartLimits = defaultLimits,
): Promise<void> {
  if (await accepts(host, listen)) return;
  const hasSystemd = await runsSystemd(host);
  const command = commandLine(startCommand(mailServer));
  if (!hasSystemd) {
    await dialogue.say("systemd does not run here, so please start the relay yourself:");
    await dialogue.show([command]);
  }
  const progress = dialogue.progress(`Waiting until the relay listens at ${listen}`);
  const limitMs = hasSystemd ? limits.systemdMs : limits.manualMs;
  for (let waitedMs = 0; waitedMs < limitMs; waitedMs += lookMs) {
    await sleep(lookMs);
    if (await accepts(host, listen)) {
      await progress.end(`The relay listens at ${listen}`);
      return;
    }
  }
  await progress.end("The relay does not listen");
  const untouched = mailServer === "relay" ? "" : " The mail server was not changed.";
  if (!hasSystemd) {
    throw new SetupError(
      `the relay does not listen at ${listen}; start it (${command}), then run mailseal setup again: it goes on from here.${untouched}`,
      { isTemporary: true },
    );
  }
  const why = await lastWords(host);
  throw new SetupError(
    `${layout.relayUnit} does not listen at ${listen}${why === undefined ? "" : `: ${why}`}. Look at journalctl -u ${layout.relayUnit} -n 20, repair this, then run mailseal setup again.${untouched}`,
  );
}

/** The command that starts the relay as its user, in the group of its socket. */
function startCommand(mailServer: MailServer): readonly string[] {
  const groups =
    mailServer === "postfix" ? ["-G", "postfix"] : mailServer === "sendmail" ? ["-G", "smmsp"] : [];
  const identity = ["-u", layout.user, "-g", layout.group, ...groups];
  return ["runuser", ...identity, "--", layout.relayProgram, "--config", layout.config];
}

/** Makes the relay read its config and forget what DNS answered. It is only a help: nothing is reported. */
export async function reloadRelay(host: Host): Promise<void> {
  const socket = `unix:${pathOn(host, `${layout.runtime}/admin.sock`)}`;
  const limits = { timeoutMs: 10_000, maxAnswerBytes: 1 << 20 };
  try {
    await askAdmin(listenTarget(socket), { method: "POST", path: "/reload", ...limits });
  } catch {
    // Its admin server is elsewhere.
    if (await runsSystemd(host)) await host.run("systemctl", ["reload", layout.relayUnit]);
  }
}

/** For a Sendmail without the source of its configuration. */
export async function explainSendmail(dialogue: Dialogue): Promise<void> {
  await dialogue.warn(
    "There is no /etc/mail/sendmail.mc, so sendmail.cf was not changed. Add this line to the source of your configuration, before its MAILER lines, build sendmail.cf from it, and restart Sendmail:",
  );
  await dialogue.show([filterLine]);
}

function accepts(host: Host, listen: string): Promise<boolean> {
  const target = listenTarget(listen);
  const socket = connect("path" in target ? { path: pathOn(host, target.path) } : target);
  return new Promise((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
  }).then((isOpen) => {
    socket.destroy();
    return isOpen === true;
  });
}

/** The last error in the log of the relay. */
async function lastWords(host: Host): Promise<string | undefined> {
  const args = ["--unit", layout.relayUnit, "--lines", "20", "--output", "cat", "--no-pager"];
  const lines = (outputOf(await host.run("journalctl", args, { timeoutMs: 10_000 })) ?? "")
    .split("\n")
    .filter((line) => /error|cannot|expected|refused/i.test(line));
  return lines.at(-1)?.trim();
}
