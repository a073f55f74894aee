import { listenTarget, type MilterListener } from "@mailseal/config";
import { relayDropIn } from "../shell.ts";

/** The drop-in that the package writes for Postfix, with any group and socket. */
export function joinGroup(
  group: string,
  { listen }: Pick<MilterListener, "listen">,
): readonly string[] {
  const target = listenTarget(listen);
  const directory = "path" in target ? target.path.replace(/\/[^/]*$/, "") : undefined;
  const writable =
    directory === undefined || directory.startsWith("/run/mailseal")
      ? []
      : [`ReadWritePaths=-${directory}`];
  return relayDropIn("socket", [`SupplementaryGroups=${group}`, ...writable]);
}
