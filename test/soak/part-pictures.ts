import { createHash } from "node:crypto";
import { shortcutAddress } from "../../daemon/fields/shortcut.ts";
import type { AgileManagerSimulator } from "../../daemon/sandbox/agile-manager/index.ts";
import type { AlmSimulator } from "../../daemon/sandbox/alm/index.ts";
import type { SandboxFile } from "../../daemon/sandbox/attachment-admin.ts";

/** The simulators as far as parts of records are looked at. */
export interface Trackers {
  readonly alm: AlmSimulator;
  readonly agm: AgileManagerSimulator;
}

/** `name=size bytes hash`, or where a shortcut leads to: without the port, which is another one each time. In the order of names. */
export function filesOf(files: readonly SandboxFile[]): readonly string[] {
  return files.map((file) => `${file.name}=${holds(file)}`).sort();
}

function holds({ name, content }: SandboxFile): string {
  const address = name.endsWith(".url") ? shortcutAddress(content.toString("utf8")) : null;
  if (address !== null) return address.replace(/^https?:\/\/[^/]*/, "");
  return `${content.length} bytes ${hashOf(content)}`;
}

export function hashOf(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 16);
}

/** Entity links between a tracker's records as `from to` by `name`, the smaller name first; each as often as it stands there. */
export function almLinks({ alm }: Trackers, name: (defect: string) => string): readonly string[] {
  return alm.admin
    .list("defect-links")
    .filter((row) => row["second-endpoint-type"] === "defect")
    .map((row) => ends(name(String(row["first-endpoint-id"])), name(String(row["second-endpoint-id"]))));
}

export function agmLinks({ agm }: Trackers, name: (item: string) => string): readonly string[] {
  const idOf = (ref: unknown) => String((ref as { readonly id: number }).id);
  return agm.admin.list("entity_links").map((row) => ends(name(idOf(row["source_id"])), name(idOf(row["target_id"]))));
}

function ends(a: string, b: string): string {
  return [a, b].sort().join(" ");
}
