import type { RotationState } from "./rotation-state.ts";
import { isEnd } from "./stage.ts";
import { namesOf } from "./step.ts";

/** What the next step of a rotation is, for a person; undefined where there is none. */
export function describeNext(state: RotationState): string | undefined {
  const { stage, handedOver, plan } = state;
  const incoming = namesOf(state.incoming);
  const outgoing = namesOf(state.outgoing);
  if (isEnd(stage)) return undefined;
  switch (stage) {
    case "generate":
      return `make the private keys of ${incoming}`;
    case "publish":
      return `publish ${incoming} in DNS`;
    case "confirm":
      return `ask every resolver for ${incoming}; when all show it, sign with it`;
    case "activate":
      return `ask every resolver for ${incoming} once more, then sign with it`;
    case "overlap":
    case "revoke":
      return handedOver
        ? `ask every resolver whether ${outgoing} is revoked`
        : `publish ${outgoing} as revoked (p= empty)`;
    default:
      return handedOver
        ? `ask every resolver whether ${outgoing} is gone, then ${plan.retiredKeys} its private key`
        : `remove ${outgoing} from DNS`;
  }
}
