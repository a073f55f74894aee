import { countCrlfLinesWasm } from "./count-crlf-lines-wasm.ts";

const cr = 0x0d;
const lf = 0x0a;

/**
 * The number of LF in `bytes`, if each of them follows a CR and each CR is followed by LF; otherwise undefined. The
 * bytes may begin `afterCr`, and a CR at their end may be followed by LF in the next piece.
 */
export function countCrlfLines(bytes: Uint8Array, afterCr: boolean): number | undefined {
  // For less, the calls take longer than a loop.
  return bytes.length < leastBytes
    ? countPlainly(bytes, afterCr)
    : counterFor(bytes.length)(bytes, afterCr);
}

type Counter = typeof countCrlfLines;

const leastBytes = 256;
/** The bytes that the kernel takes at a time. */
const unitBytes = 32;
const blockBytes = 16 * 1024;
/** In the kernel's memory; the byte before is the one before the block. */
const blockStart = 4096 + unitBytes;

/** Byte by byte: fast enough for small mail, and the reference that the kernel is tested against. */
export function countPlainly(bytes: Uint8Array, afterCr: boolean): number | undefined {
  let lines = 0;
  let previousIsCr = afterCr;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if ((byte === lf) !== previousIsCr) return undefined;
    if (byte === lf) lines++;
    previousIsCr = byte === cr;
  }
  return lines;
}

/** The part of the global `WebAssembly` that this file uses; none of our type libraries declares it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer };
  countCrlfLines(from: number, end: number): number;
}

/** Counts with SIMD. Throws if the engine has no WebAssembly with SIMD. */
export function loadCounter(): Counter {
  const module = new WebAssembly.Module(Buffer.from(countCrlfLinesWasm, "base64"));
  const kernel = new WebAssembly.Instance(module).exports as Kernel;
  const memory = new Uint8Array(kernel.memory.buffer);
  return (bytes, afterCr) => {
    const size = bytes.length;
    // The kernel expects LF after each CR, and fills its last unit with other bytes.
    const end = bytes[size - 1] === cr ? size - 1 : size;
    const beforeLast = end === 0 ? afterCr : bytes[end - 1] === cr;
    if (end < size && beforeLast) return undefined;
    let lines = 0;
    let before = afterCr ? cr : 0;
    for (let at = 0; at < end; at += blockBytes) {
      const blockEnd = Math.min(end, at + blockBytes);
      const written = blockStart + blockEnd - at;
      const unitsEnd = (written + unitBytes - 1) & -unitBytes;
      memory[blockStart - 1] = before;
      memory.set(bytes.subarray(at, blockEnd), blockStart);
      for (let fill = written; fill < unitsEnd; fill++) memory[fill] = 0;
      const counted = kernel.countCrlfLines(blockStart, unitsEnd);
      if (counted < 0) return undefined;
      lines += counted;
      before = bytes[blockEnd - 1] ?? 0;
    }
    return lines;
  };
}

/** Loading the kernel takes as long as counting in this many bytes without it. */
const worthLoadingBytes = 256 * 1024;
let counter: Counter = countPlainly;
let bytesUntilLoading = worthLoadingBytes;

/** The faster counter for a process that has `bytes` more to look at. */
function counterFor(bytes: number): Counter {
  if (bytesUntilLoading > 0) {
    bytesUntilLoading -= bytes;
    if (bytesUntilLoading <= 0) counter = kernelOrPlain();
  }
  return counter;
}

/** Some hosts forbid WebAssembly (`--jitless`, hardened containers): there the same result takes longer. */
function kernelOrPlain(): Counter {
  try {
    return loadCounter();
  } catch {
    return countPlainly;
  }
}
