import type { Traffic } from "./simulator.ts";

export interface TrafficCounter extends Traffic {
  /** `route` is a path as it came, or already a pattern: digits-only segments become `{id}`. */
  count(method: string, route: string): void;
}

export function createTraffic(): TrafficCounter {
  const routes = new Map<string, number>();
  let total = 0;

  return {
    total: () => total,
    byRoute: () => Object.fromEntries([...routes].sort(([a], [b]) => (a < b ? -1 : 1))),
    reset() {
      routes.clear();
      total = 0;
    },
    count(method, route) {
      const key = `${method} ${routePattern(route)}`;
      total += 1;
      routes.set(key, (routes.get(key) ?? 0) + 1);
    },
  };
}

/** `/rest/defects/17/lock` → `/rest/defects/{id}/lock`. */
function routePattern(path: string): string {
  return path
    .split("/")
    .map((segment) => (/^\d+$/.test(segment) ? "{id}" : segment))
    .join("/");
}
