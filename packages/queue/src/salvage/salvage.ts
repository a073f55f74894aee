import { isIntact } from "../embedded/file/checksum.ts";
import { type Mark, readMark } from "../embedded/file/mark-file.ts";
import { pieceId } from "../embedded/store/piece-id.ts";
import { pieceBytes } from "../embedded/thread/protocol.ts";
import { Pages } from "./pages.ts";
import { rowIn, rowsOf } from "./records.ts";
import { type MessageRow, messageRow, pieceRow, type QueuedRow, Tables } from "./tables.ts";
import { readWal } from "./wal-pages.ts";

/** A message that cannot be had whole. */
export interface LostMessage {
  readonly id: string;
  readonly reason: string;
  /** Of what was known of it: all of these may be missing. */
  readonly route?: string;
  readonly from?: string;
  readonly recipients?: readonly string[];
  readonly sizeBytes?: number;
}

export interface SalvagedMessage extends QueuedRow {
  readonly routeName: string;
  readonly message: MessageRow;
}

/** What can be read of a queue's files without SQLite, page by page. Reads only. */
export class Salvage {
  readonly findings: readonly string[];
  readonly tables: Tables;
  readonly tag: string;
  /** Of the mark beside the file. */
  readonly mark: Mark | undefined;
  readonly #pages: Pages;
  readonly #hasDamage: boolean;
  #last: Looked | undefined;

  constructor(file: string) {
    this.mark = readMark(file);
    let scan = scanned(file, "strict");
    const isShort = this.mark !== undefined && scan.tables.commits < this.mark.commits;
    if (isShort) {
      const tolerant = scanned(file, "tolerant");
      if (tolerant.tables.commits > scan.tables.commits) {
        scan.pages.close();
        scan = tolerant;
      } else {
        tolerant.pages.close();
      }
    }
    this.#pages = scan.pages;
    this.tables = scan.tables;
    this.findings = scan.findings;
    this.#hasDamage = scan.findings.length > 0;
    this.tag = String(this.tables.settings.get("tag") ?? this.mark?.tag ?? "lost");
  }

  /** Whether there is anything of a queue in the file, or beside it. */
  get isQueue(): boolean {
    const { settings, messages, queued } = this.tables;
    return this.mark !== undefined || settings.size > 0 || messages.size > 0 || queued.size > 0;
  }

  close(): void {
    this.#pages.close();
  }

  /** Every message that was queued: what it is, or why it cannot be had. */
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
   * Those that share a message with others that were found, and have their rows in a damaged page: once for all of
   * them, by the first number that is not there. They have numbers that follow each other.
   */
  *#missing(mail: number, found: number): Generator<LostMessage, void, void> {
    const all = this.tables.shared.get(mail) ?? 0;
    if (all <= found) return;
    const { message } = this.#looked(mail);
    const why = `${all - found} of its ${all} destinations are in a damaged page; the others were read`;
    let first = mail;
    while (this.tables.queued.has(first)) first += 1;
    yield this.#lost(
      first,
      why,
      message === undefined ? {} : { ...describe(message, null), sizeBytes: message.size },
    );
  }

  /** The pieces of a body that was too long for its row, in order. */
  *pieces({ upload, size }: MessageRow): Generator<Buffer | undefined, void, void> {
    if (upload === null) return;
    for (let index = 0; index * pieceBytes < size; index += 1) {
      const place = this.tables.pieces.get(pieceId(upload, index));
      const row = place && rowIn(this.#pages, place);
      const piece = row && pieceRow(row.values);
      yield piece !== undefined && isIntact(piece.checksum, piece.bytes) ? piece.bytes : undefined;
    }
  }

  #resolve(row: QueuedRow): SalvagedMessage | LostMessage {
    const { message, defect } = this.#looked(row.mail ?? row.seq);
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
    const { message, defect } = this.#looked(seq);
    // What has no row in `schedule` and is not intact was given up before.
    if (message === undefined || defect !== undefined) return;
    if (message.route === "") {
      const count = this.tables.shared.get(seq);
      const which = count === undefined ? "its destinations" : `all ${count} of its destinations`;
      const why = `${which} are in a damaged page; its body could be read`;
      yield this.#lost(seq, why, { ...describe(message, null), sizeBytes: message.size });
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

  /** Kept until another is asked for: those who share one follow each other. */
  #looked(mail: number): Looked {
    if (this.#last?.mail !== mail) {
      const place = this.tables.messages.get(mail);
      const row = place && rowIn(this.#pages, place);
      const message = row && messageRow(row.values);
      this.#last = { mail, message, defect: message && this.#defectOf(message) };
    }
    return this.#last;
  }

  #defectOf(message: MessageRow): string | undefined {
    const { checksum, metadata, body, upload, size } = message;
    if (!isIntact(checksum, metadata, body ?? "")) return "its checksum is wrong";
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

interface Looked {
  readonly mail: number;
  readonly message: MessageRow | undefined;
  /** Why it cannot be had whole. */
  readonly defect: string | undefined;
}

interface Scan {
  readonly pages: Pages;
  readonly tables: Tables;
  readonly findings: readonly string[];
}

function scanned(file: string, reading: "strict" | "tolerant"): Scan {
  const wal = readWal(`${file}-wal`, reading);
  const pages = new Pages(file, wal);
  const tables = new Tables();
  const findings = [...wal.findings];
  let unmapped = 0;
  for (const page of pages.used()) {
    const use = pages.useOf(page);
    if (use === undefined) unmapped += 1;
    // The map may be damaged too: what is not known to be something else is looked at.
    if (use === "overflow") {
      if (pages.read(page) === undefined) findings.push(`page ${page} cannot be read`);
      continue;
    }
    const found = rowsOf(pages, page);
    if (found === undefined && use !== undefined) findings.push(`page ${page} is damaged`);
    if (found === undefined) continue;
    for (const row of found.rows) tables.add(row);
    if (found.malformed > 0) {
      findings.push(`${found.malformed} rows that begin in page ${page} cannot be read`);
    }
  }
  if (unmapped > 0) findings.push(`the map of pages is damaged: ${unmapped} are not in it`);
  return { pages, tables, findings };
}

interface Known {
  readonly from: string;
  readonly recipients: readonly string[];
}

function describe({ metadata }: MessageRow, recipients: string | null): Known {
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

/** A name for a route whose own is lost: routes only bound how much is done at a time. */
function fallbackRoute(address = ""): string {
  return `mx ${address.slice(address.lastIndexOf("@") + 1) || "unknown"}`;
}
