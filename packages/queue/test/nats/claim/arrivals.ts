import type { JsMsg } from "@nats-io/jetstream";
import type { Arrival } from "../../../src/nats/claim/intake.ts";
import { frame, type Label } from "../../../src/nats/storage/framing.ts";
import { labelFor } from "../label.ts";

export interface FakeArrival extends Arrival {
  /** The acknowledgements, in order. */
  readonly did: string[];
}

/** A message that has arrived from JetStream, and what is acknowledged about it. */
export function arrivalOf(
  seq: number,
  {
    route = "a",
    deliveryCount = 1,
    data,
    label = {},
  }: {
    readonly route?: string;
    readonly deliveryCount?: number;
    readonly data?: Uint8Array;
    readonly label?: Partial<Label>;
  } = {},
): FakeArrival {
  const did: string[] = [];
  const message: unknown = {
    seq,
    info: { deliveryCount },
    data: data ?? frame({ label: labelFor(route, label), body: Buffer.from("body") }),
    ack: () => did.push("ack"),
    nak: (delayMs?: number) => did.push(`nak ${delayMs ?? 0}`),
    term: () => did.push("term"),
    working: () => did.push("working"),
    ackAck: async () => did.push("ack"),
  };
  return { message: message as JsMsg, arrivedMs: 0, did };
}
