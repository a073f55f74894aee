/** Random numbers from 0 to 1, the same for the same seed (xorshift32). */
export function seededRandom(seed: number): () => number {
  let state = (seed ^ 0x9e_37_79_b9) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}
