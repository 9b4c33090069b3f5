import type { Bonds } from "../core/connector.ts";

/**
 * Fields that a tracker may clear or set by itself when `written` are: a release that moves on leaves its sprints and own teams behind, a theme its
 * features, and a feature brings its theme.
 */
export function followersOf(bonds: Bonds | undefined, written: readonly string[]): readonly string[] {
  const pairs = [...Object.entries(bonds?.owners ?? {}), ...Object.entries(bonds?.teams ?? {})];
  const found = pairs.flatMap(([part, whole]) => [
    ...(written.includes(whole) ? [part] : []),
    ...(written.includes(part) ? [whole] : []),
  ]);
  return [...new Set(found)].filter((name) => !written.includes(name));
}
