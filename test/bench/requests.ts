import { closeLinkBenches } from "../support/link-bench.ts";
import { type Counted, countRequests, PHASES } from "../support/request-count.ts";
import { REQUEST_SCENES } from "../support/request-scenes.ts";

/** Requests of one scene with so many records. */
export interface RequestLine {
  readonly scene: string;
  readonly records: number;
  readonly phases: readonly Counted[];
}

export async function measureRequests(
  sizes: readonly number[],
  progress: (text: string) => void,
): Promise<readonly RequestLine[]> {
  const lines: RequestLine[] = [];
  try {
    for (const scene of Object.keys(REQUEST_SCENES)) {
      for (const records of sizes) {
        progress(`${scene}, ${records} records`);
        lines.push({ scene, records, phases: await countRequests(scene, records) });
      }
    }
  } finally {
    await closeLinkBenches();
  }
  return lines;
}

/** As people read it: left + right. */
export function requestTable(lines: readonly RequestLine[]): string {
  const count = (number: number) => number.toLocaleString("en-US");
  const rows = lines.map(({ scene, records, phases }) => {
    const cells = phases.map(({ left, right }) => `${count(left)} + ${count(right)}`);
    return `| ${[scene, count(records), ...cells].join(" | ")} |`;
  });
  const head = ["records with", "records", ...PHASES];
  return [`| ${head.join(" | ")} |`, `|---${"|---:".repeat(head.length - 1)}|`, ...rows].join("\n");
}
