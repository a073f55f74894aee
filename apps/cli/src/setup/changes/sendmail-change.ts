import { dirname } from "node:path";
import { writeDurably } from "@mailseal/rotation";
import { commandLine, fileStateOn, hasProgram, type Host, pathOn } from "../../host/host.ts";
import { readSendmail } from "../../host/sendmail.ts";
import { SetupError } from "../setup-error.ts";
import type { ChangeActions } from "./change.ts";
import { contentOf, restoreFile, stateBefore } from "./file-change.ts";
import { runCommand } from "./run-command.ts";
import { unifiedDiff } from "./unified-diff.ts";

/** The macros of sendmail.mc, and sendmail.cf made from them. */
export interface SendmailChange {
  readonly kind: "sendmail";
  /** sendmail.mc. */
  readonly path: string;
  /** The new text, latin1. */
  readonly content: string;
}

export function sendmailChange({ path, content }: SendmailChange): ChangeActions {
  const build = ["make", "-C", dirname(path)];
  return {
    async describe(host) {
      return {
        title: `mail filter in ${path}`,
        lines: [
          ...unifiedDiff(path, await contentOf(host, path, "latin1"), content),
          `$ ${commandLine(build)}`,
          `$ ${commandLine(restartOf(host))}`,
        ],
      };
    },
    async isMade(host) {
      const sendmail = await readSendmail(host);
      return (
        (await contentOf(host, path, "latin1")) === content &&
        sendmail?.filters.some(({ name }) => name === filterName) === true
      );
    },
    before: (host, files) => stateBefore(host, path, files),
    async make(host) {
      const state = await fileStateOn(host, path);
      if (state?.kind !== "file") {
        throw new SetupError(`${path} is not a regular file; put the file itself there`);
      }
      const { mode, uid, gid } = state;
      const options = { mode, owner: { uid, gid } };
      await writeDurably(pathOn(host, path), Buffer.from(content, "latin1"), options);
      await runCommand(host, build);
      await runCommand(host, restartOf(host));
    },
    async undo(host, before, files) {
      const text = await contentOf(host, path, "latin1");
      if (before.state !== "file" || text === undefined) return {};
      if (text !== content) {
        const old = (await files.read(before.saved)).toString("latin1");
        return text === old
          ? {}
          : {
              kept: `${path} is kept, because it was changed after the setup: remove the line with INPUT_MAIL_FILTER(\`${filterName}', then run make -C ${dirname(path)}`,
            };
      }
      await restoreFile(host, path, before, files);
      await runCommand(host, build);
      await runCommand(host, restartOf(host));
      return {};
    },
  };
}

/** The name of our filter in sendmail.mc. */
export const filterName = "mailseal";

function restartOf(host: Host): readonly string[] {
  return hasProgram(host, "systemctl")
    ? ["systemctl", "restart", "sendmail"]
    : ["/etc/init.d/sendmail", "restart"];
}
