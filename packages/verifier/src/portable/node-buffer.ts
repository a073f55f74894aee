import { Buffer as PackageBuffer } from "buffer/index.js";

/** `node:buffer` for the portable build: the npm package `buffer`, with the one difference that matters here mended. */
export const Buffer: typeof PackageBuffer = mended(PackageBuffer);
export type Buffer = PackageBuffer;

/** Node compares with any `Uint8Array`; the package takes its own class only. */
function mended(bufferClass: typeof PackageBuffer): typeof PackageBuffer {
  const { equals } = bufferClass.prototype;
  bufferClass.prototype.equals = function equalsBytes(other: Uint8Array): boolean {
    return equals.call(this, bufferClass.from(other));
  };
  return bufferClass;
}
