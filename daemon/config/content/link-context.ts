import type { UserMap } from "../../core/snapshot.ts";
import type { Endpoint } from "./endpoints.ts";
import type { FileReport, Placed } from "./report.ts";
import { countedName, type SideFields } from "./side-fields.ts";
import type { ReadTransitions } from "./transitions.ts";
import type { ReadValueMap } from "./value-maps.ts";

/** What the tables of a connection are read against. */
export interface ConnectionContext {
  readonly connection: string;
  readonly report: FileReport;
  readonly left: Endpoint;
  readonly right: Endpoint;
  /** Endpoint names, left first. */
  readonly names: readonly [string, string];
  readonly values: ReadonlyMap<string, ReadValueMap>;
  readonly transitions: ReadonlyMap<string, ReadTransitions>;
  /** Which of a person's e-mail addresses count where a row does not say. */
  readonly emails: "all" | "first";
  /** The users file of that name as this connection sees it; null where the commit has none. */
  users(name: string): UserMap | null;
  readonly userFiles: readonly string[];
  /** Paths of the commit's rule files. */
  readonly ruleFiles: ReadonlySet<string>;
}

/** The same for one link. */
export interface LinkContext extends ConnectionContext {
  readonly leftFields: SideFields;
  readonly rightFields: SideFields;
}

/** A field of a link that is written, and on which side: two writers of one field contradict each other. */
export interface Written {
  readonly endpoint: string;
  readonly field: Placed<string>;
  readonly by: string;
}

/** Reports every field that is written twice on one side. */
export function checkTargets(written: readonly Written[], { leftFields, rightFields, report }: LinkContext): void {
  const first = new Map<string, Written>();
  for (const one of written) {
    const side = one.endpoint === leftFields.endpoint ? leftFields : rightFields;
    const key = JSON.stringify([one.endpoint, countedName(side, one.field.value)]);
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, one);
      continue;
    }
    const message = `"${one.field.value}" of ${one.endpoint} is written twice: by ${earlier.by} in line ${earlier.field.at.line} and by ${one.by}.`;
    report.error(
      "duplicate-target",
      one.field.at,
      message,
      "Keep one of the two, or give one of them the other direction.",
    );
  }
}
