import type { RecordChange } from "../environment.ts";
import {
  encodeName,
  encodeRecord,
  encodeTxt,
  recordClass,
  recordType,
  uint16,
  type WireRecord,
} from "./wire-text.ts";

const opcodeUpdate = 5 << 11;
const nothing = Buffer.alloc(0);

/** The prerequisite of an update for each published name (RFC 2136 2.4). */
export type Condition = "absent" | "ours";

/**
 * Encodes a dynamic update of a zone (RFC 2136 2) without a signature. The server makes all changes or none. A published
 * record replaces only our own; `condition` says whether our record must already exist.
 */
export function encodeUpdate(
  id: number,
  zone: string,
  changes: readonly RecordChange[],
  condition: Condition,
): Buffer {
  const prerequisites = changes.flatMap((change) => prerequisiteOf(change, condition));
  const updates = changes.flatMap(updatesOf);
  return Buffer.concat([
    uint16(id),
    uint16(opcodeUpdate),
    uint16(1),
    uint16(prerequisites.length),
    uint16(updates.length),
    uint16(0),
    encodeName(zone),
    uint16(recordType.soa),
    uint16(recordClass.in),
    ...prerequisites.map(encodeRecord),
    ...updates.map(encodeRecord),
  ]);
}

function prerequisiteOf(change: RecordChange, condition: Condition): readonly WireRecord[] {
  if (change.action !== "publish") return [];
  const { name, record } = change;
  return [
    condition === "absent"
      ? txtRecord(name, recordClass.none, 0, nothing)
      : txtRecord(name, recordClass.in, 0, encodeTxt(record)),
  ];
}

function updatesOf(change: RecordChange): readonly WireRecord[] {
  const removal = txtRecord(change.name, recordClass.any, 0, nothing);
  if (change.action === "remove") return [removal];
  const { name, record, ttlSeconds } = change;
  return [removal, txtRecord(name, recordClass.in, ttlSeconds, encodeTxt(record))];
}

function txtRecord(
  name: string,
  recordClassNumber: number,
  ttlSeconds: number,
  content: Buffer,
): WireRecord {
  return { name, type: recordType.txt, class: recordClassNumber, ttlSeconds, content };
}
