import type { Fault, Faults } from "./simulator.ts";

interface Armed {
  readonly fault: Fault;
  skip: number;
  left: number;
}

export interface FaultQueue extends Faults {
  /** The fault that this request meets, used up once; null where none is armed for it. `path` includes the query, decoded. */
  take(request: { readonly method: string; readonly path: string }): Fault | null;
}

/** Faults fire in the order in which they were armed; a request meets at most one. */
export function createFaults(): FaultQueue {
  const armed: Armed[] = [];

  function take(request: { readonly method: string; readonly path: string }): Fault | null {
    for (const entry of armed) {
      if (!matches(entry.fault, request)) continue;
      if (entry.skip > 0) {
        entry.skip -= 1;
        continue;
      }
      entry.left -= 1;
      if (entry.left <= 0) armed.splice(armed.indexOf(entry), 1);
      return entry.fault;
    }
    return null;
  }

  return {
    arm(fault) {
      const left = fault.times ?? 1;
      if (left > 0) armed.push({ fault, skip: fault.after ?? 0, left });
    },
    pending: () => armed.length,
    clear() {
      armed.length = 0;
    },
    take,
  };
}

function matches(fault: Fault, request: { readonly method: string; readonly path: string }): boolean {
  if (fault.method !== undefined && fault.method.toUpperCase() !== request.method.toUpperCase()) return false;
  return fault.path === undefined || request.path.includes(fault.path);
}
