import { readMetadata } from "../checked-message.ts";
import type { ListedMessage, QueuedMessage } from "../contract.ts";
import type { MessageRow } from "./thread/protocol.ts";

export function queued(row: MessageRow, id: string): QueuedMessage {
  const { route, sizeBytes, firstSeenMs, attempt, reason } = row;
  return {
    id,
    ...readMetadata(row.metadata, row.recipients),
    route,
    sizeBytes,
    firstSeenMs,
    attempt,
    ...(reason !== null && { reason }),
  };
}

export function listed(row: MessageRow, id: string): ListedMessage {
  return { ...queued(row, id), state: row.state, dueMs: row.dueMs };
}
