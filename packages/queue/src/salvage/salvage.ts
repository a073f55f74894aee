import { isIntact } from "../embedded/file/checksum.ts";
import { type Mark, readMark } from "../embedded/file/mark-file.ts";
import type { MessageColumns } from "../embedded/file/schema.ts";
import { changed } from "../embedded/file/unreadable.ts";
import { pieceId } from "../embedded/store/piece-id.ts";
import { pieceBytes } from "../embedded/thread/protocol.ts";
import { Pages } from "./pages.ts";
import { rowIn, rowsOf } from "./records.ts";
import { messageRow, pieceRow, type QueuedRow, Tables } from "./tables.ts";
import { WalPages, type WalReading } from "./wal-pages.ts";

/** A message that cannot be read completely. */
export interface LostMessage {
  readonly id: string;
  readonly reason: string;
  /** The rest is absent if it could not be read. */
  readonly route?: string;
  readonly from?: string;
  readonly recipients?: readonly string[];
  readonly sizeBytes?: number;
}

export interface SalvagedMessage extends QueuedRow {
  readonly routeName: string;
  readonly message: MessageColumns;
}

/** Reads the files of a queue page by page, without SQLite. Reads only. */
export class Salvage {
  readonly findings: readonly string[];
  readonly tables: Tables;
  readonly tag: string;
  /** The mark file beside the queue. */
  readonly mark: Mark | undefined;
  readonly #pages: Pages;
  readonly #hasDamage: boolean;
  #last: ReadMessage | undefined;

  constructor(file: string) {
    this.mark = readMark(file);
    let chosen = scan(file, "strict");
    const isShort = this.mark !== undefined && chosen.tables.commits < this.mark.commits;
    if (isShort) {
      const tolerant = scan(file, "tolerant");
      const [better, other] =
        tolerant.tables.commits > chosen.tables.commits ? [tolerant, chosen] : [chosen, tolerant];
      other.pages.close();
      chosen = better;
    }
    this.#pages = chosen.pages;
    this.tables = chosen.tables;
    this.findings = chosen.findings;
    this.#hasDamage = chosen.findings.length > 0;
    this.tag = String(this.tables.settings.get("tag") ?? this.mark?.tag ?? "lost");
  }

  /** Whether the file or its mark has any data of a queue. */
  get isQueue(): boolean {
    const { settings, messages, queued } = this.tables;
    return this.mark !== undefined || settings.size > 0 || messages.size > 0 || queued.size > 0;
  }

  close(): void {
    this.#pages.close();
  }

  /** Every message that was queued: the message itself, or the reason why it is lost. */
  *messages(): Generator<SalvagedMessage | LostMessage, void, void> {
    const seen = new Map<number, number>();
    for (const row of this.tables.queued.values()) {
      const mail = row.mail ?? row.seq;
      seen.set(mail, (seen.get(mail) ?? 0) + 1);
      yield this.#resolve(row);
    }
    if (!this.#hasDamage) return;
    for (const seq of this.tables.messages.keys()) {
      const found = seen.get(seq) ?? 0;
      if (found === 0) yield* this.#orphan(seq);
      else yield* this.#missing(seq, found);
    }
  }

  /**
   * The destinations of a shared message whose rows are in a damaged page, while others were found. They have consecutive
   * numbers, and are reported once, under the first missing number.
   */
  *#missing(mail: number, found: number): Generator<LostMessage, void, void> {
    const all = this.tables.shared.get(mail) ?? 0;
    if (all <= found) return;
    const { message } = this.#read(mail);
    const reason = `${all - found} of its ${all} destinations are in a damaged page; the others were read`;
    let first = mail;
    while (this.tables.queued.has(first)) first += 1;
    yield this.#lost(
      first,
      reason,
      message === undefined ? {} : { ...describe(message, null), sizeBytes: message.size },
    );
  }

  /** The pieces of a body that is too long for its row, in order; undefined for one that is missing or damaged. */
  *pieces({ upload, size }: MessageColumns): Generator<Uint8Array | undefined, void, void> {
    if (upload === null) return;
    for (let index = 0; index * pieceBytes < size; index += 1) {
      const place = this.tables.pieces.get(pieceId(upload, index));
      const row = place && rowIn(this.#pages, place);
      const piece = row && pieceRow(row.values);
      yield piece !== undefined && isIntact(piece.checksum, piece.bytes) ? piece.bytes : undefined;
    }
  }

  #resolve(row: QueuedRow): SalvagedMessage | LostMessage {
    const { message, defect } = this.#read(row.mail ?? row.seq);
    const named = this.tables.routeName(row.route);
    if (message === undefined) {
      return this.#lost(row.seq, "its envelope and body are in a damaged page", {
        ...(named !== undefined && { route: named }),
        recipients: addressesIn(row.recipients ?? "[]"),
        sizeBytes: row.size,
      });
    }
    const known = describe(message, row.recipients);
    const routeName = named ?? (message.route || fallbackRoute(known.recipients[0]));
    return defect === undefined
      ? { ...row, routeName, message }
      : this.#lost(row.seq, defect, { route: routeName, ...known, sizeBytes: message.size });
  }

  /** A message whose row in `schedule` is in a damaged page. */
  *#orphan(seq: number): Generator<SalvagedMessage | LostMessage, void, void> {
    const { message, defect } = this.#read(seq);
    // A damaged message without a row in `schedule` was already removed from the queue.
    if (message === undefined || defect !== undefined) return;
    if (message.route === "") {
      const count = this.tables.shared.get(seq);
      const which = count === undefined ? "its destinations" : `all ${count} of its destinations`;
      const reason = `${which} are in a damaged page; its body could be read`;
      yield this.#lost(seq, reason, { ...describe(message, null), sizeBytes: message.size });
      return;
    }
    yield {
      seq,
      state: "held",
      route: 0,
      due: message.firstSeen,
      attempt: 0,
      size: message.size,
      reason: "recovered without its state: some of its recipients may have it already",
      recipients: null,
      mail: null,
      routeName: message.route,
      message,
    };
  }

  /** Keeps the last message, because the destinations that share one have consecutive numbers. */
  #read(mail: number): ReadMessage {
    if (this.#last?.mail !== mail) {
      const place = this.tables.messages.get(mail);
      const row = place && rowIn(this.#pages, place);
      const message = row && messageRow(row.values);
      this.#last = { mail, message, defect: message && this.#defectOf(message) };
    }
    return this.#last;
  }

  #defectOf(message: MessageColumns): string | undefined {
    const { checksum, metadata, body, upload, size } = message;
    if (!isIntact(checksum, metadata, body ?? "")) return changed;
    if (upload === null) {
      return (body?.length ?? 0) === size ? undefined : "a part of its body is missing";
    }
    let bytes = 0;
    for (const piece of this.pieces(message)) {
      if (piece === undefined) return "a part of its body is in a damaged page";
      bytes += piece.length;
    }
    return bytes === size ? undefined : "a part of its body is missing";
  }

  #lost(seq: number, reason: string, known: Omit<LostMessage, "id" | "reason">): LostMessage {
    return { id: `${this.tag}-${seq.toString(36)}`, reason, ...known };
  }
}

interface ReadMessage {
  readonly mail: number;
  readonly message: MessageColumns | undefined;
  /** Why it cannot be read completely. */
  readonly defect: string | undefined;
}

interface Scan {
  readonly pages: Pages;
  readonly tables: Tables;
  readonly findings: readonly string[];
}

function scan(file: string, reading: WalReading): Scan {
  const wal = new WalPages(`${file}-wal`, reading);
  const pages = new Pages(file, wal);
  const tables = new Tables();
  const findings = [...wal.findings];
  let unmapped = 0;
  for (const page of pages.used()) {
    const use = pages.useOf(page);
    if (use === undefined) unmapped += 1;
    // The map may be damaged too: every page whose use is not known is searched for rows.
    if (use === "overflow") {
      if (pages.read(page) === undefined) findings.push(`page ${page} cannot be read`);
      continue;
    }
    const found = rowsOf(pages, page);
    if (found === undefined && use !== undefined) findings.push(`page ${page} is damaged`);
    if (found === undefined) continue;
    for (const row of found.rows) tables.add(row);
    if (found.malformed > 0) {
      findings.push(`${found.malformed} rows that start in page ${page} cannot be read`);
    }
  }
  if (unmapped > 0)
    findings.push(`the map of pages is damaged: it has no entry for ${unmapped} pages`);
  return { pages, tables, findings };
}

interface Known {
  readonly from: string;
  readonly recipients: readonly string[];
}

function describe({ metadata }: MessageColumns, recipients: string | null): Known {
  try {
    const { envelope } = JSON.parse(metadata) as {
      readonly envelope: { readonly from: string; readonly recipients?: readonly object[] };
    };
    return {
      from: envelope.from,
      recipients: addressesIn(recipients ?? JSON.stringify(envelope.recipients ?? [])),
    };
  } catch {
    return { from: "", recipients: addressesIn(recipients ?? "[]") };
  }
}

function addressesIn(recipients: string): readonly string[] {
  try {
    const read = JSON.parse(recipients) as readonly { readonly address: string }[];
    return read.map(({ address }) => address);
  } catch {
    return [];
  }
}

/** A name for a route whose name is lost. Any name works, because routes only limit what is delivered at a time. */
function fallbackRoute(address = ""): string {
  return `mx ${address.slice(address.lastIndexOf("@") + 1) || "unknown"}`;
}
