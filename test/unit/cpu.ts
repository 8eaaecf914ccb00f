/** Milliseconds of CPU that this process spends on something: what else the machine does adds nothing to it. */
export function cpuMsOf(run: () => unknown): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
