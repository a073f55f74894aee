import { collapseBlanksWasm } from "./collapse-blanks-wasm.ts";

/**
 * Relaxes the white space in a part of a body (RFC 6376 3.4.4). In the middle of a chunk this needs no state,
 * because the two bytes after a byte decide: a blank (SP or HTAB) is dropped if another blank or CRLF follows,
 * and becomes SP otherwise; all other bytes stay.
 */
export interface BlankCollapser {
  /** The buffer of the results, which start at `outputStart`; valid until the next call. */
  readonly output: Uint8Array;
  readonly outputStart: number;
  /**
   * Collapses `start` to `end` of `chunk`: a multiple of `blockUnit`, at most `blockBytes`, and followed by
   * at least two more bytes of the chunk. Returns the end of the result in `output`.
   */
  collapse(chunk: Uint8Array, start: number, end: number): number;
}

export const blockBytes: number = 16 * 1024;
export const blockUnit: number = 16;
const lookaheadBytes = 2;

const htab = 0x09;
const lf = 0x0a;
const cr = 0x0d;
const sp = 0x20;

const plainOutput: Uint8Array = new Uint8Array(blockBytes);

/** Collapses byte by byte: fast enough for small mail, and the reference that the kernel is tested against. */
export const plainCollapser: BlankCollapser = {
  output: plainOutput,
  outputStart: 0,
  collapse(chunk, start, end) {
    const output = plainOutput;
    let length = 0;
    for (let at = start; at < end; at++) {
      const byte = chunk[at] ?? 0;
      if (byte !== sp && byte !== htab) {
        output[length++] = byte;
      } else {
        const next = chunk[at + 1];
        if (next !== sp && next !== htab && !(next === cr && chunk[at + 2] === lf)) {
          output[length++] = sp;
        }
      }
    }
    return length;
  },
};

/** The part of the global `WebAssembly` that this file uses; none of our type libraries declares it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer };
  prepare(): void;
  collapse(from: number, end: number, to: number): number;
}

/** Collapses 16 bytes at a time. Throws if the engine has no WebAssembly with SIMD. */
export function loadKernel(): BlankCollapser {
  const module = new WebAssembly.Module(Buffer.from(collapseBlanksWasm, "base64"));
  const kernel = new WebAssembly.Instance(module).exports as Kernel;
  kernel.prepare();
  const memory = new Uint8Array(kernel.memory.buffer);
  const inputStart = 4096;
  const outputStart = inputStart + blockBytes + blockUnit;
  return {
    output: memory,
    outputStart,
    collapse(chunk, start, end) {
      memory.set(chunk.subarray(start, end + lookaheadBytes), inputStart);
      return kernel.collapse(inputStart, inputStart + end - start, outputStart);
    },
  };
}

/** Loading the kernel takes as long as collapsing this many bytes without it. */
const worthLoadingBytes = 128 * 1024;
let collapser: BlankCollapser = plainCollapser;
let bytesUntilLoading = worthLoadingBytes;

/** The faster collapser for a process that has `bytes` more to collapse. */
export function collapserFor(bytes: number): BlankCollapser {
  if (bytesUntilLoading > 0) {
    bytesUntilLoading -= bytes;
    if (bytesUntilLoading <= 0) {
      collapser = kernelOrPlain();
    }
  }
  return collapser;
}

/** Some hosts forbid WebAssembly (`--jitless`, hardened containers): there the same result takes longer. */
function kernelOrPlain(): BlankCollapser {
  try {
    return loadKernel();
  } catch {
    return plainCollapser;
  }
}
