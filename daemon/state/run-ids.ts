import { openDatabase } from "./database.ts";

/** Ids of kept reports that begin with `beginning`, newest first, at most `limit`. Opens the store's file without the right to change it. */
export function runsBeginning(file: string, beginning: string, limit: number): readonly string[] {
  const db = openDatabase(file, { readOnly: true });
  try {
    const sql = "SELECT run FROM reports WHERE run >= ? AND run < ? ORDER BY started DESC, seq DESC LIMIT ?";
    return db.all(sql, beginning, `${beginning}\u{10ffff}`, limit).map((row) => String(row["run"]));
  } finally {
    db.close();
  }
}
