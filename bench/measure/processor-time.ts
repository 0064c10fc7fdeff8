import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processor time in ticks of a hundredth of a second, whatever the kernel's own clock is. */
const ticksPerSecond = 100;

/**
 * Processor seconds that a process and all its descendants have used so far, their threads and their ended children included. It moves
 * far less with other programs on the machine than a rate does, so every rate stands beside it.
 */
export function treeSeconds(rootPid: number): number {
  const processes = readProcesses();
  return findTree(rootPid, processes).reduce((ticks, pid) => ticks + (processes.get(pid)?.ticks ?? 0), 0) / ticksPerSecond;
}

/** The memory that a process and its children hold now, in bytes; what they share counts for each. */
export function treeBytes(rootPid: number): number {
  return findTree(rootPid, readProcesses()).reduce((bytes, pid) => bytes + residentBytes(pid), 0);
}

function findTree(rootPid: number, processes: ReadonlyMap<number, { parent: number }>): number[] {
  const found = [rootPid];
  for (const pid of found) {
    for (const [other, { parent }] of processes) if (parent === pid) found.push(other);
  }
  return found;
}

function readProcesses(): Map<number, { parent: number; ticks: number }> {
  const found = new Map<number, { parent: number; ticks: number }>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readOrNothing(`/proc/${name}/stat`);
    // The program's name stands in brackets and may hold anything; what follows is numbers (proc_pid_stat(5), from field 3).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number);
    const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + (fields[index] ?? 0), 0);
    found.set(Number(name), { parent: fields[1] ?? 0, ticks });
  }
  return found;
}

/** A process may end between being listed and being read. */
function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Begins to watch the machine; the answer is the share (0 to 1) of it that programs other than this bench took since. */
export function watchOthers(): () => number {
  const before = { machine: readMachine(), own: treeSeconds(process.pid) };
  return () => {
    const machine = readMachine();
    const total = machine.total - before.machine.total;
    const others = machine.busy - before.machine.busy - (treeSeconds(process.pid) - before.own);
    return total === 0 ? 0 : Math.max(0, others) / total;
  };
}

/** Seconds of all processors together since the machine started. */
function readMachine(): { total: number; busy: number } {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  const total = ticks.reduce((sum, count) => sum + count, 0);
  const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  return { total: total / ticksPerSecond, busy: (total - idle) / ticksPerSecond };
}

/** The memory that a process itself holds now (its resident set), in bytes. */
export function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readOrNothing(`/proc/${pid}/status`))?.[1]) * 1024;
}
