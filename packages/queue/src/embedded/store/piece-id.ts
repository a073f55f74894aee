/** More pieces of 256 KiB than any body has, yet few enough that ids stay exact numbers. */
const maxPieces = 2 ** 20;

/** The id of a piece. The pieces of one body are neighbours in the table. */
export function pieceId(upload: number, index: number): number {
  return upload * maxPieces + index;
}
