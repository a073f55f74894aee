import { helpEnd } from "@mailseal/service/command-line";
import { Command } from "commander";
import {
  type AdminOptions,
  askAdmin,
  refusal,
  relaySocket,
  withAdminOptions,
} from "../admin/admin-client.ts";
import { print, warn } from "../output/output.ts";

export function reloadCommand(): Command {
  return withAdminOptions(
    new Command("reload")
      .summary("make a running relay or worker reload its config")
      .description(
        "Make a running relay or worker reload its config. Mail in progress is finished with the old config.",
      )
      .addHelpText(
        "after",
        helpEnd({
          exit: {
            0: "the new config is in use",
            3: "the new config has an error and the old one stays in use, or no program answers",
          },
          examples: ["mailseal reload", "mailseal reload --admin unix:/run/mailseal/worker.sock"],
        }),
      ),
    [relaySocket],
  ).action(async (options: AdminOptions) => {
    const { status, body } = await askAdmin(options, "POST", "/reload", [relaySocket]);
    if (status !== 200) throw refusal(status, body);
    await print("The new config is in use\n");
    const { warning } = (body ?? {}) as { readonly warning?: unknown };
    if (warning !== undefined) warn(String(warning).slice(0, 1000));
  });
}
