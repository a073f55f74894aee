/** So many pieces of 256 KiB that no body has more, and so few that ids stay exact numbers. */
const maxPieces = 2 ** 20;

/** Pieces of one body are neighbours in the table. */
export function pieceId(upload: number, index: number): number {
  return upload * maxPieces + index;
}
