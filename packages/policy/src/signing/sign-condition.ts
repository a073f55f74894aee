import type { MailContext } from "../pipeline/mail.ts";

/** Whether one of the conditions holds; no condition always holds. */
export function conditionHolds(
  conditions: readonly string[] | undefined,
  { authUser, relayNetwork, variables }: MailContext,
): boolean {
  return (
    conditions === undefined ||
    conditions.length === 0 ||
    conditions.some((condition) => {
      switch (condition) {
        case "authUser":
          return authUser !== undefined && authUser !== "";
        case "relayNetwork":
          return relayNetwork;
        default:
          return variables.has(condition);
      }
    })
  );
}
