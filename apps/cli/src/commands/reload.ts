import { Command } from "commander";
import {
  type AdminOptions,
  askAdmin,
  refusal,
  usualSocket,
  withAdminOptions,
} from "../admin/admin-client.ts";
import { print } from "../output/output.ts";
import { warn } from "../output/warnings.ts";

export function reloadCommand(): Command {
  return withAdminOptions(
    new Command("reload")
      .summary("have a running relay or worker read its config again")
      .addHelpText(
        "after",
        "\nExit: 0 the new config is in force, 3 it is not, and the old one stays",
      ),
    [usualSocket],
  ).action(async (options: AdminOptions) => {
    const { status, body } = await askAdmin(options, "POST", "/reload", [usualSocket]);
    if (status !== 200) throw refusal(status, body);
    await print("The config is reloaded\n");
    const { warning } = (body ?? {}) as { readonly warning?: unknown };
    if (warning !== undefined) warn(String(warning).slice(0, 1000));
  });
}
