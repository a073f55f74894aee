import type { Stage } from "../stage.ts";
import type { Step } from "../step.ts";
import { activate } from "./activate.ts";
import { confirm } from "./confirm.ts";
import { generate } from "./generate.ts";
import { publish } from "./publish.ts";
import { overlap, retire, revoke, revoked } from "./withdraw.ts";

/** What is done in each stage; nothing at the ends. */
export const steps: Readonly<Record<Stage, Step | undefined>> = {
  generate,
  publish,
  confirm,
  activate,
  overlap,
  revoke,
  revoked,
  retire,
  retired: undefined,
  aborted: undefined,
};
