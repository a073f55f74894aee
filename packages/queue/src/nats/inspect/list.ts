import { badPosition, pageLimit } from "../../checked-options.ts";
import type { ListedMessage, ListOptions, ListPage } from "../../contract.ts";
import type { ServerClock } from "../connection/server-clock.ts";
import type { Place } from "../storage/layout.ts";
import { listedFrom, type StoredMessages } from "../storage/stored-messages.ts";

interface Position {
  readonly place: Place;
  readonly seq: number;
}

/** Returns one page. Throws "bad-option" if `after` is not the `next` value of a page. */
export async function readPage(
  stored: StoredMessages,
  options: ListOptions,
  clock: ServerClock,
): Promise<ListPage> {
  const nowMs = clock.now();
  const limit = pageLimit(options);
  let position = startOf(options);
  const messages: ListedMessage[] = [];
  for (let looked = 0; position !== undefined && looked < 2 * limit; looked += 1) {
    const found = await stored.next(position.place, position.seq, options.route);
    if (found === undefined) {
      position = placeAfter(position.place, options);
      continue;
    }
    position = { place: found.place, seq: found.seq + 1 };
    const entry = inWallTime(listedFrom(found, nowMs), clock.ahead());
    if (matches(entry, options)) messages.push(entry);
    if (messages.length >= limit) break;
  }
  return position === undefined
    ? { messages }
    : { messages, next: `${position.place}:${position.seq}` };
}

/** Converts the times to the wall clock of this machine. */
export function inWallTime(message: ListedMessage, aheadMs: number): ListedMessage {
  const { firstSeenMs, dueMs } = message;
  return {
    ...message,
    firstSeenMs: firstSeenMs + aheadMs,
    ...(dueMs !== undefined && { dueMs: dueMs + aheadMs }),
  };
}

function startOf({ after, state }: ListOptions): Position | undefined {
  if (after === undefined) {
    return { place: state === "dead" || state === "held" ? state : "live", seq: 1 };
  }
  const [, place, seq] = /^(live|held|dead):(\d{1,15})$/.exec(after) ?? [];
  if (place === undefined) throw badPosition(after);
  return { place: place as Place, seq: Number(seq) };
}

function placeAfter(place: Place, { state }: ListOptions): Position | undefined {
  return place === "live" && state === undefined ? { place: "held", seq: 1 } : undefined;
}

function matches(message: ListedMessage, { state, route }: ListOptions): boolean {
  return (
    (state === undefined || message.state === state) &&
    (route === undefined || message.route === route)
  );
}
