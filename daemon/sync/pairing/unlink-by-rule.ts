import type { Pair } from "../../core/store.ts";
import { say } from "../failure.ts";
import { endpointOf, type Session } from "../session.ts";

/** Both records are left alone from now on; `syncline unlink --relink` takes it back. */
export function unlinkByRule(session: Session, pair: Pair, reason: string): void {
  const partner = `${endpointOf(session, "right")}:${pair.right}`;
  say(session, "noted", "left", pair.left, null, `a rule unlinks it from ${partner}: ${reason}`);
  if (session.dryRun) return;
  session.store.commit({
    pairs: [{ ...pair, unlinked: true }],
    doneRetries: [
      { side: "left", record: pair.left },
      { side: "right", record: pair.right },
    ],
  });
}
