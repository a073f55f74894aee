/** A number as it is counted: whole, so that sums are exact, and JSON can hold it; 0 for what is none. */
export function whole(amount: number): number {
  return amount > 0 && amount < Infinity ? Math.round(amount) : 0;
}
