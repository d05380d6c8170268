/** What a process of this machine took (Linux). */

/** Ticks of /proc/PID/stat. */
const TICK_MS = 10;

/** Processor time so far in ms, the most memory it ever had and what it has now, resident, in MB. */
export async function processUsage(pid: number) {
  const stat = (await Deno.readTextFile(`/proc/${pid}/stat`)).split(") ")[1]!.split(" ");
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const megabytes = (name: string) =>
    Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)![1]) / 1024;
  return {
    cpuMs: (Number(stat[11]) + Number(stat[12])) * TICK_MS,
    peakMb: megabytes("VmHWM"),
    memoryMb: megabytes("VmRSS"),
  };
}
