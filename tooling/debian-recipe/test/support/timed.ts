/** Does something, and prints how long it took. */
export async function timed(what: string, run: () => Promise<unknown>): Promise<void> {
  const startedMs = performance.now();
  await run();
  console.info(`${what}: ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
}
