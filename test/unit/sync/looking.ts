import { type Look, openLook } from "../../../daemon/sync/look/look.ts";
import { type Bench, ORIGIN } from "./bench.ts";

/** A look at a bench's link, as `drift` and `why-not` take one. */
export function lookAt(bench: Bench, revision = "rev1"): Promise<Look> {
  const endpoint = (name: string) => ({
    name,
    type: "memory",
    settings: { name },
    secret: null,
    origin: ORIGIN,
    schemas: {},
  });
  const { link, rules, left, right, store } = bench;
  return openLook({
    connection: {
      name: "t",
      description: "",
      left: endpoint("l"),
      right: endpoint("r"),
      links: [link],
      origin: ORIGIN,
    },
    ...{ link, rules, revision, connectors: { left, right }, store: store.link(link.key) },
    siblings: [{ link, store: store.link(link.key) }],
    now: () => Date.parse("2026-03-02T10:00:00Z"),
    signal: new AbortController().signal,
  });
}
