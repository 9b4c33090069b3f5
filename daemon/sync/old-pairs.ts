import type { Session } from "./session.ts";

/** After a full run: how many pairs still hold what an older mapping made of them, and what to do about it (T20). */
export function tellOldPairs(session: Session): void {
  if (!session.full || session.backfill || session.old.size === 0) return;
  const { key } = session.link;
  const count = session.old.size === 1 ? "1 pair was" : `${session.old.size} pairs were`;
  session.tally.say({
    ...{ level: "warning", endpoint: "", record: null, field: null },
    message: `${count} last written under an older mapping: fields that nobody edits stay as that one had them; \`syncline sync ${key} --backfill --dry-run\` shows what the new one would change`,
  });
}
