import { readdirSync, readFileSync } from "node:fs";

/** Linux counts a process's time in hundredths of a second. */
const TICK_MS = 10;

/** Processor time of this process's children that are alive, milliseconds; 0 where the system does not tell (it is read from `/proc`). */
export function childrenCpuMs(): number {
  return processes()
    .map(statOf)
    .filter(({ parent }) => parent === process.pid)
    .reduce((sum, { ticks }) => sum + ticks * TICK_MS, 0);
}

function processes(): readonly string[] {
  try {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** See proc(5): after the name in brackets, the parent is the second and user and system time are the 12th and 13th words. */
function statOf(pid: string): { readonly parent: number; readonly ticks: number } {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const words = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { parent: Number(words[1]), ticks: Number(words[11]) + Number(words[12]) };
  } catch (error) {
    // It has ended since the folder was read.
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return { parent: -1, ticks: 0 };
    throw error;
  }
}
