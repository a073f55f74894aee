import { commandLine } from "../../host/host.ts";
import { type UnitState, unitState } from "../../host/systemd.ts";
import type { ChangeActions } from "./change.ts";
import { runCommand } from "./run-command.ts";

/** A unit of systemd that is to run now and after the next start of the machine. */
export interface ServiceChange {
  readonly kind: "service";
  readonly unit: string;
  /** What makes it use files that changed; "nothing" if none did. */
  readonly refresh: "restart" | "reload" | "nothing";
}

export function serviceChange(change: ServiceChange): ChangeActions {
  const { unit, refresh } = change;
  return {
    async describe(host) {
      const state = await unitState(host, unit);
      return {
        title: state?.isActive === true ? `${refresh} ${unit}` : `start ${unit}`,
        lines: commandsFor(change, state).map((command) => `$ ${commandLine(command)}`),
      };
    },
    async isMade(host) {
      const state = await unitState(host, unit);
      return refresh === "nothing" && state?.isActive === true && state.isEnabled;
    },
    async before(host) {
      const state = await unitState(host, unit);
      return {
        state: "service",
        isActive: state?.isActive ?? false,
        isEnabled: state?.isEnabled ?? false,
      };
    },
    async make(host) {
      const state = await unitState(host, unit);
      for (const command of commandsFor(change, state)) {
        await runCommand(host, command);
      }
    },
    async undo(host, before) {
      const state = await unitState(host, unit);
      if (state === undefined || before.state !== "service") return {};
      if (!before.isEnabled && state.isEnabled)
        await runCommand(host, ["systemctl", "disable", unit]);
      if (!before.isActive && state.isActive) await runCommand(host, ["systemctl", "stop", unit]);
      return {};
    },
  };
}

/** The commands that bring a unit from its state to the wanted one. */
function commandsFor(
  { unit, refresh }: ServiceChange,
  state: UnitState | undefined,
): readonly (readonly string[])[] {
  const verbs = [
    ...(refresh === "restart" ? ["daemon-reload"] : []),
    ...(state?.isEnabled === true ? [] : ["enable"]),
    ...(state?.isActive !== true ? ["start"] : refresh === "nothing" ? [] : [refresh]),
  ];
  return verbs.map((verb) =>
    verb === "daemon-reload" ? ["systemctl", verb] : ["systemctl", verb, unit],
  );
}
