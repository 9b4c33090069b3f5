import type { RunCounts } from "../core/store.ts";

/** Long texts of trackers end here on a terminal; the JSON log has them whole. */
const LONGEST = 500;

/** What a terminal may be sent from outside: one line, without control sequences or marks that turn the direction of writing. */
export function plain(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not pass
  return cut.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) => {
    if (character === "\n" || character === "\t" || character === "\r") return " ";
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** `1a2b3c4`: enough of a commit for a person. */
export function shortRevision(revision: string): string {
  return revision.slice(0, 7);
}

/** `1.2 s`, `340 ms`, `3 min 20 s`, `2 h 5 min`, `3 days`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 9_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days`;
}

/** Sweden writes dates as ISO 8601 does. */
const DATE_TIME = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium" });
const TIME = new Intl.DateTimeFormat("sv-SE", { timeStyle: "medium" });

/** The daemon's local time, `2026-11-21 12:00:01`; `at` in milliseconds since 1970. */
export function localTime(at: number): string {
  return DATE_TIME.format(at);
}

/** `12:00:01`. */
export function localClock(at: number): string {
  return TIME.format(at);
}

/** `3 problems`, `1 problem`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** `3 attachments`, `1 entity link`: what was written of a record's parts; nothing where none was. */
export function partTexts({ attachments = 0, comments = 0, entityLinks = 0 }: RunCounts): readonly string[] {
  const counts = [
    counted(attachments, "attachment"),
    counted(comments, "comment"),
    counted(entityLinks, "entity link"),
  ];
  return counts.filter((text) => !text.startsWith("0 "));
}

/** `alm 320 read, 12 created; agm 200 read`. What did not happen is left out. */
export function countsText(counts: Readonly<Record<string, RunCounts>>): string {
  const endpoints = Object.entries(counts).map(([endpoint, count]) => {
    const { created, updated, deleted, failed } = count;
    const happened = Object.entries({ created, updated, deleted, failed }).filter(([, value]) => value > 0);
    const texts = [`${count.read} read`, ...happened.map(([what, value]) => `${value} ${what}`), ...partTexts(count)];
    return `${plain(endpoint)} ${texts.join(", ")}`;
  });
  return endpoints.join("; ");
}
