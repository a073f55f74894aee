import type { Answer, Operation, Piece, Request, Taken } from "./protocol.ts";

/** Longer arrays that fill their whole buffer are transferred instead of copied. */
const maxCopiedBytes = 16 * 1024;

export interface Packed<T> {
  readonly value: T;
  readonly transfer: readonly ArrayBuffer[];
}

/**
 * Copies arrays into one buffer that is transferred to the other thread: this is cheaper than a buffer for each array,
 * and the sender keeps its own arrays.
 */
class BytesPack {
  readonly #buffer: ArrayBuffer;
  #usedBytes = 0;

  constructor(sizeBytes: number) {
    this.#buffer = new ArrayBuffer(sizeBytes);
  }

  copy(bytes: Uint8Array): Uint8Array {
    const view = new Uint8Array(this.#buffer, this.#usedBytes, bytes.length);
    view.set(bytes);
    this.#usedBytes += bytes.length;
    return view;
  }

  get transfer(): readonly ArrayBuffer[] {
    return this.#buffer.byteLength === 0 ? [] : [this.#buffer];
  }
}

/** Copies the callers' arrays, which stay usable for the callers. */
export function packRequests(requests: readonly Request[]): Packed<readonly Request[]> {
  const pack = new BytesPack(requests.reduce((sum, { operation }) => sum + bytesOf(operation), 0));
  const value = requests.map((request): Request => {
    const { operation } = request;
    return "bytes" in operation && operation.bytes !== undefined
      ? { ...request, operation: { ...operation, bytes: pack.copy(operation.bytes) } }
      : request;
  });
  return { value, transfer: pack.transfer };
}

export function bytesOf(operation: Operation): number {
  return "bytes" in operation ? (operation.bytes?.length ?? 0) : 0;
}

/** Copies short arrays and transfers long ones: the thread does not use them again. */
export function packAnswers(answers: readonly Answer[]): Packed<readonly Answer[]> {
  const arrays = answers.flatMap((answer) => arraysOf(answer));
  const copied = arrays.filter((bytes) => !isMoved(bytes));
  const moved = arrays.filter((bytes) => isMoved(bytes)).map(({ buffer }) => buffer as ArrayBuffer);
  const pack = new BytesPack(copied.reduce((sum, { length }) => sum + length, 0));
  const place = (bytes: Uint8Array): Uint8Array => (isMoved(bytes) ? bytes : pack.copy(bytes));
  const value = answers.map((answer): Answer => {
    if (!("value" in answer)) return answer;
    if (isTaken(answer.value)) {
      const rows = answer.value.rows.map((row) =>
        row.bytes === undefined ? row : { ...row, bytes: place(row.bytes) },
      );
      return { id: answer.id, value: { ...answer.value, rows } satisfies Taken };
    }
    return isPiece(answer.value)
      ? { id: answer.id, value: { ...answer.value, bytes: place(answer.value.bytes) } }
      : answer;
  });
  return { value, transfer: [...pack.transfer, ...moved] };
}

function arraysOf(answer: Answer): readonly Uint8Array[] {
  if (!("value" in answer)) return [];
  if (isTaken(answer.value)) return answer.value.rows.flatMap(({ bytes }) => bytes ?? []);
  return isPiece(answer.value) ? [answer.value.bytes] : [];
}

function isMoved({ buffer, byteLength }: Uint8Array): boolean {
  return byteLength > maxCopiedBytes && byteLength === buffer.byteLength;
}

function isTaken(value: unknown): value is Taken {
  return typeof value === "object" && value !== null && "lease" in value && "rows" in value;
}

function isPiece(value: unknown): value is NonNullable<Piece> {
  return typeof value === "object" && value !== null && "bytes" in value && "last" in value;
}
