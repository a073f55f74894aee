const withValue = /^(?:--import|--require|-r|--(?:experimental-)?loader|--conditions|-C)$/;
const ofModules =
  /^--(?:import|require|(?:experimental-)?loader|conditions)=|^--(?:no-)?experimental-|^--(?:disable-warning=|no-warnings|enable-source-maps|preserve-symlinks)/;

/**
 * What of the flags of a process a thread is given: how modules are loaded. Those of V8 and of the process as a
 * whole, such as `--max-old-space-size`, hold for the threads anyway, and one that is given such a flag
 * does not start.
 */
export function threadFlags(flags: readonly string[]): readonly string[] {
  return flags.filter(
    (flag, index) =>
      withValue.test(flag) || withValue.test(flags[index - 1] ?? "") || ofModules.test(flag),
  );
}
